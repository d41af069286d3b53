/* The result slot is preset after the call instead of before it: a returned text is lost. */
#define abi_call reference_call
#include "../../reference/packed.c"
#undef abi_call

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  int status = reference_call(f, args, codes, num_args, ret, ret_code, handle);
  if (ret != NULL && ret_code != NULL && (status != 0 || *ret_code == ABI_STR)) abi_return_none(ret, ret_code);
  return status;
}

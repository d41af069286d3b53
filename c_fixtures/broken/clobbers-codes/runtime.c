/* A call leaves another code in the caller's array. */
#define abi_call reference_call
#include "../../reference/packed.c"
#undef abi_call

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  int status = reference_call(f, args, codes, num_args, ret, ret_code, handle);
  if (status == 0 && num_args > 0) codes[0] = ABI_NULL;
  return status;
}

/* The callee gets a null resource handle instead of the caller's. */
#define abi_call reference_call
#include "../../reference/packed.c"
#undef abi_call

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  (void)handle;
  return reference_call(f, args, codes, num_args, ret, ret_code, NULL);
}

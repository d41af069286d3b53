/* The error of a return that was refused is still there in the next call. */
#define abi_call reference_call
#include "../../reference/packed.c"
#undef abi_call

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  if (this_thread()->error.problem == WRONG_RETURN) return f(args, codes, num_args, ret, ret_code, handle);
  return reference_call(f, args, codes, num_args, ret, ret_code, handle);
}

/* A runtime that writes null into the result slot before it calls, as TVM's return value and tvm-ffi's Any do.
 *
 * MISTAKE does so after the call as well, where the callee has returned a float. */
#define abi_call reference_call
#include "../reference/packed.c"
#undef abi_call

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  int status;
  if (ret != NULL && ret_code != NULL) abi_return_none(ret, ret_code);
  status = reference_call(f, args, codes, num_args, ret, ret_code, handle);
#ifdef MISTAKE
  if (status == 0 && ret != NULL && *ret_code == ABI_FLOAT) abi_return_none(ret, ret_code);
#endif
  return status;
}

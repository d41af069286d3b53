/* A caller that takes an f64 reads an integer's bits as those of a double. */
#define abi_take_f64 reference_take_f64
#include "../../reference/packed.c"
#undef abi_take_f64

int abi_take_f64(const AbiValue* ret, int ret_code, double* out) {
  if (reference_take_f64(ret, ret_code, out)) return -1;
  *out = ret->v_float64;
  return 0;
}

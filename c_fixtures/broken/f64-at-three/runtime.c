/* Only an f64 at index 3 is wrong: its low bits are lost. */
#define abi_unpack_f64 reference_unpack_f64
#include "../../reference/packed.c"
#undef abi_unpack_f64

int abi_unpack_f64(const AbiValue* args, const int* codes, int index, double* out) {
  int status = reference_unpack_f64(args, codes, index, out);
  if (status == 0 && index == 3) *out = (double)(float)*out;
  return status;
}

/* Unpacking an i16 aborts. */
#define abi_unpack_i16 reference_unpack_i16
#include "../../reference/packed.c"
#undef abi_unpack_i16

int abi_unpack_i16(const AbiValue* args, const int* codes, int index, int16_t* out) {
  abort();
  return reference_unpack_i16(args, codes, index, out);
}

/* Unpacking an i16 never ends. */
#define abi_unpack_i16 reference_unpack_i16
#include "../../reference/packed.c"
#undef abi_unpack_i16

int abi_unpack_i16(const AbiValue* args, const int* codes, int index, int16_t* out) {
  for (;;) {}
  return reference_unpack_i16(args, codes, index, out);
}

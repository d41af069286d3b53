/* Unpacking an i16 frees a block twice. */
#define abi_unpack_i16 reference_unpack_i16
#include "../../reference/packed.c"
#undef abi_unpack_i16

int abi_unpack_i16(const AbiValue* args, const int* codes, int index, int16_t* out) {
  void* volatile block = malloc(64);
  free(block);
  free(block);
  return reference_unpack_i16(args, codes, index, out);
}

/* Unpacking an i16 ends the process at once. */
#include <unistd.h>
#define abi_unpack_i16 reference_unpack_i16
#include "../../reference/packed.c"
#undef abi_unpack_i16

int abi_unpack_i16(const AbiValue* args, const int* codes, int index, int16_t* out) {
  _exit(0);
  return reference_unpack_i16(args, codes, index, out);
}

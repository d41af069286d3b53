/* Unpacking an i16 prints four megabytes; the value is right. */
#include <stdio.h>
#define abi_unpack_i16 reference_unpack_i16
#include "../../reference/packed.c"
#undef abi_unpack_i16

int abi_unpack_i16(const AbiValue* args, const int* codes, int index, int16_t* out) {
  int line;
  for (line = 0; line < 65536; ++line) puts("this is a line of sixty-three characters, many thousands of it.");
  fflush(stdout);
  return reference_unpack_i16(args, codes, index, out);
}

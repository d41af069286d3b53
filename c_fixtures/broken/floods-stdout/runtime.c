/* Unpacking an i16 prints a megabyte, until it has printed a hundred; the value is right. */
#include <stdio.h>
#define abi_unpack_i16 reference_unpack_i16
#include "../../reference/packed.c"
#undef abi_unpack_i16

enum { LINES_A_CALL = 16384, MOST_CALLS = 100 };

static int calls;

int abi_unpack_i16(const AbiValue* args, const int* codes, int index, int16_t* out) {
  int line;
  if (calls++ < MOST_CALLS) {
    for (line = 0; line < LINES_A_CALL; ++line) puts("this is a line of sixty-three characters, many thousands of it.");
    fflush(stdout);
  }
  return reference_unpack_i16(args, codes, index, out);
}

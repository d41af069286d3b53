/* Unpacking an i16 recurses without end. */
#define abi_unpack_i16 reference_unpack_i16
#include "../../reference/packed.c"
#undef abi_unpack_i16

static volatile int deepest;

static int deeper(volatile char* above) {
  volatile char frame[1024];
  frame[0] = *above;
  return deeper(frame) + frame[0];
}

int abi_unpack_i16(const AbiValue* args, const int* codes, int index, int16_t* out) {
  char bottom = 0;
  deepest = deeper(&bottom);
  return reference_unpack_i16(args, codes, index, out);
}

/* Unpacking an i16 overwrites the stack above its own frame. */
#define abi_unpack_i16 reference_unpack_i16
#include "../../reference/packed.c"
#undef abi_unpack_i16

/* Through a pointer that no compiler sees through. */
static void* (*volatile fill)(void*, int, size_t) = memset;

int abi_unpack_i16(const AbiValue* args, const int* codes, int index, int16_t* out) {
  char frame[16];
  fill(frame, 0x41, 512);
  return reference_unpack_i16(args, codes, index, out);
}

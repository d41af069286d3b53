/* Unpacking an i16 runs an instruction that does not exist. */
#include <signal.h>
#define abi_unpack_i16 reference_unpack_i16
#include "../../reference/packed.c"
#undef abi_unpack_i16

int abi_unpack_i16(const AbiValue* args, const int* codes, int index, int16_t* out) {
#if defined __x86_64__ || defined __i386__
  __asm__ volatile("ud2");
#else
  raise(SIGILL);
#endif
  return reference_unpack_i16(args, codes, index, out);
}

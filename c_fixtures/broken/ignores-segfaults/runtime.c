/* Unpacking an i16 puts a handler that does nothing before SIGSEGV, and then faults. */
#include <signal.h>
#define abi_unpack_i16 reference_unpack_i16
#include "../../reference/packed.c"
#undef abi_unpack_i16

static void ignore(int number) {
  (void)number;
}

int abi_unpack_i16(const AbiValue* args, const int* codes, int index, int16_t* out) {
  signal(SIGSEGV, ignore);
  *(volatile int*)16 = 0;
  return reference_unpack_i16(args, codes, index, out);
}

/* A call changes the rounding mode of floating point and leaves it so. */
#define abi_call reference_call
#include "../../reference/packed.c"
#undef abi_call

#if defined __x86_64__
static void round_up(void) {
  unsigned control;
  __asm__ volatile("stmxcsr %0" : "=m"(control));
  control = (control & ~0x6000u) | 0x4000u;
  __asm__ volatile("ldmxcsr %0" : : "m"(control));
}
#else
#include <fenv.h>
static void round_up(void) {
  fesetround(FE_UPWARD);
}
#endif

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  round_up();
  return reference_call(f, args, codes, num_args, ret, ret_code, handle);
}

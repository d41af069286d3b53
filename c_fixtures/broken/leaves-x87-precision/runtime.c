/* A call changes the precision of x87 and leaves it so. */
#define abi_call reference_call
#include "../../reference/packed.c"
#undef abi_call

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  int status = reference_call(f, args, codes, num_args, ret, ret_code, handle);
#if defined __x86_64__
  uint16_t control[4];
  __asm__ volatile(".byte 0xd9, 0x38" : : "a"(control) : "memory"); /* fnstcw (%rax) */
  control[0] &= 0xfcff;                                             /* 24 bits, as a float has */
  __asm__ volatile(".byte 0xd9, 0x28" : : "a"(control) : "memory"); /* fldcw (%rax) */
#else
#error "this is about x86-64"
#endif
  return status;
}

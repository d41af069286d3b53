/* A call leaves other values in registers that a callee must keep. */
#define abi_call reference_call
#include "../../reference/packed.c"
#undef abi_call

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  int status = reference_call(f, args, codes, num_args, ret, ret_code, handle);
#if defined __x86_64__
  __asm__ volatile("mov $1, %rbx\n\tmov $2, %r12"); /* no word of it to the compiler */
#else
#error "this is about x86-64"
#endif
  return status;
}

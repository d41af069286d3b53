/* Callees are called with a stack that is off by 8 (dotnet/runtime#78092 was such a fault). */
#define abi_call reference_call
#include "../../reference/packed.c"
#undef abi_call

#if !defined __x86_64__
#error "this is about x86-64"
#endif

int call_off_by_eight(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code,
                      void* handle);
__asm__(
    ".text\n"
    ".globl call_off_by_eight\n"
    "call_off_by_eight:\n"
    "  push %rbp\n  mov %rsp, %rbp\n"
    "  mov %rdi, %rax\n  mov %rsi, %rdi\n  mov %rdx, %rsi\n  mov %ecx, %edx\n  mov %r8, %rcx\n  mov %r9, %r8\n"
    "  mov 16(%rbp), %r9\n"
    "  sub $8, %rsp\n"
    "  call *%rax\n"
    "  leave\n  ret\n");

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  this_thread()->error.problem = NO_PROBLEM;
  return call_off_by_eight(f, args, codes, num_args, ret, ret_code, handle);
}

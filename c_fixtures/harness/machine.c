/* The machine's state around a call: what a callee must leave as it was. Registers, the x87 stack and the direction flag
 * are looked at on x86-64 only. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runner.h"

/* ---- Registers that a callee keeps, the x87 stack, the direction flag ---- */

#if defined(__x86_64__)
enum { DIRECTION_FLAG = 0x400, X87_TAGS = 4, X87_EMPTY = 0xffff };

/* Calls `function` with marks in the registers that it must keep, and gives its status. `left` gets the flags that it
 * leaves and then these registers: rbx, rbp, r12 to r15. */
int abi_call_marked(int (*function)(AbiFrame*), AbiFrame* frame, uint64_t* left);
__asm__(
    ".text\n"
    ".globl abi_call_marked\n"
    "abi_call_marked:\n"
    "  push %rbp\n  push %rbx\n  push %r12\n  push %r13\n  push %r14\n  push %r15\n"
    "  push %rdx\n" /* the seventh: the stack is aligned again */
    "  mov %rdi, %rax\n"
    "  mov %rsi, %rdi\n"
    "  mov $-0x5eed0000, %rbx\n"
    "  lea -1(%rbx), %rbp\n"
    "  lea -2(%rbx), %r12\n"
    "  lea -3(%rbx), %r13\n"
    "  lea -4(%rbx), %r14\n"
    "  lea -5(%rbx), %r15\n"
    "  call *%rax\n"
    "  .byte 0x9c\n" /* pushfq */
    "  cld\n"
    "  pop %rcx\n"
    "  pop %rdx\n"
    "  mov %rcx, (%rdx)\n"
    "  mov %rbx, 8(%rdx)\n"
    "  mov %rbp, 16(%rdx)\n"
    "  mov %r12, 24(%rdx)\n"
    "  mov %r13, 32(%rdx)\n"
    "  mov %r14, 40(%rdx)\n"
    "  mov %r15, 48(%rdx)\n"
    "  pop %r15\n  pop %r14\n  pop %r13\n  pop %r12\n  pop %rbx\n  pop %rbp\n"
    "  ret\n");

static int call_marked(AbiState* state, int (*function)(AbiFrame*), AbiFrame* frame) {
  uint64_t left[1 + ABI_REGISTER_COUNT];
  int status = abi_call_marked(function, frame, left), i;
  if (left[0] & DIRECTION_FLAG) state->found |= ABI_DIRECTION;
  for (i = 0; i < ABI_REGISTER_COUNT; ++i) {
    if (left[1 + i] != (uint64_t)(-0x5eed0000 - (int64_t)i)) state->registers |= 1u << i;
  }
  return status;
}

/* Whether a register of the x87 stack is in use; then it is emptied. */
static int x87_in_use(uint32_t control) {
  uint16_t environment[14] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  __asm__ volatile(".byte 0xd9, 0x30" : : "a"(environment) : "memory");         /* fnstenv, which masks exceptions */
  if (environment[X87_TAGS] != X87_EMPTY) __asm__ volatile(".byte 0xdb, 0xe3"); /* fninit */
  abi_set_float_control(control);
  return environment[X87_TAGS] != X87_EMPTY;
}
#else
static int call_marked(AbiState* state, int (*function)(AbiFrame*), AbiFrame* frame) {
  (void)state;
  return function(frame);
}

static int x87_in_use(uint32_t control) {
  (void)control;
  return 0;
}
#endif

/* ---- All of it ---- */

void abi_state_before(AbiState* state) {
  memset(state, 0, sizeof *state);
  state->control = abi_float_control();
  errno = 0;
}

int abi_state_call(AbiState* state, int (*function)(AbiFrame*), AbiFrame* frame) {
  return state ? call_marked(state, function, frame) : function(frame);
}

/* What was found, as the text of the case: registers by name, signals by number; and errno, which nothing forbids. */
static void write_words(const AbiState* state, uint64_t blocked, int error) {
  static const char* const names[ABI_REGISTER_COUNT] = {"rbx", "rbp", "r12", "r13", "r14", "r15"};
  char* text = abi_runner.texts + (uint64_t)abi_runner.run->mark * ABI_TEXT_SIZE;
  int i, at = 0;
  for (i = 0; i < ABI_REGISTER_COUNT; ++i) {
    if (state->registers >> i & 1) at += snprintf(text + at, ABI_TEXT_SIZE - at, "%s ", names[i]);
  }
  for (i = 0; i < 64 && blocked; ++i) {
    if (blocked >> i & 1 && at < ABI_TEXT_SIZE / 2) at += snprintf(text + at, ABI_TEXT_SIZE - at, "signal-%d ", i + 1);
  }
  snprintf(text + at, ABI_TEXT_SIZE - at, "errno-%d", error);
}

void abi_state_after(AbiCall* call, AbiState* state) {
  uint64_t blocked = 0, none = 0;
  int error = errno;
  uint32_t control = abi_float_control();
  if (control != state->control) call->flags |= ABI_FENV_CHANGED;
  if (x87_in_use(state->control)) state->found |= ABI_X87;
  if (control != state->control) abi_set_float_control(state->control);
  if (state->registers) state->found |= ABI_REGISTERS;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, (void*)0, &blocked, sizeof blocked);
  if (blocked) {
    state->found |= ABI_SIGNALS;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, (void*)0, sizeof none);
  }
  call->state |= state->found;
  if (abi_runner.run->options & ABI_TEXTS && (call->state || call->flags & ABI_FENV_CHANGED)) {
    write_words(state, blocked, error);
  }
}

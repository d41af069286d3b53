/* See machine.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "machine.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- Registers that a callee keeps, the x87 stack, the direction flag ---- */

#if defined(__x86_64__)
enum { DIRECTION_FLAG = 0x400, X87_TAGS = 4, X87_EMPTY = 0xffff };

/* Calls `function` with marks in the registers that it must keep, and gives its status. `left` gets the flags that it
 * leaves and then these registers: rbx, rbp, r12 to r15. */
int abi_call_marked(int (*function)(struct AbiFrame*), struct AbiFrame* frame, uint64_t* left);
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

static int call_marked(AbiState* state, int (*function)(struct AbiFrame*), struct AbiFrame* frame) {
  uint64_t left[1 + ABI_REGISTER_COUNT] = {0}; /* MSan does not see the assembly write it */
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
static int call_marked(AbiState* state, int (*function)(struct AbiFrame*), struct AbiFrame* frame) {
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

int abi_state_call(AbiState* state, int (*function)(struct AbiFrame*), struct AbiFrame* frame) {
#if defined(__x86_64__) && !defined(__TINYC__)
  /* Here this very code keeps something in those registers, where tcc has nothing. */
  AbiState nobodys;
  if (!state) {
    nobodys.found = nobodys.registers = 0;
    state = &nobodys;
  }
#endif
  return state ? call_marked(state, function, frame) : function(frame);
}

void abi_state_after(AbiState* state) {
  uint64_t none = 0;
  uint32_t control;
  state->error = errno;
  control = abi_float_control();
  state->control_changed = control != state->control;
  if (x87_in_use(state->control)) state->found |= ABI_X87;
  if (state->control_changed) abi_set_float_control(state->control);
  if (state->registers) state->found |= ABI_REGISTERS;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, (void*)0, &state->blocked, sizeof state->blocked);
  if (state->blocked) {
    state->found |= ABI_SIGNALS;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, (void*)0, sizeof none);
  }
}

int abi_state_words(const AbiState* state, char* to, int room) {
  static const char* const names[ABI_REGISTER_COUNT] = {"rbx", "rbp", "r12", "r13", "r14", "r15"};
  int i, at = 0;
  for (i = 0; i < ABI_REGISTER_COUNT; ++i) {
    if (state->registers >> i & 1) at += snprintf(to + at, room - at, "%s ", names[i]);
  }
  for (i = 0; i < 64 && state->blocked; ++i) {
    if (state->blocked >> i & 1 && at < room / 2) at += snprintf(to + at, room - at, "signal-%d ", i + 1);
  }
  return at;
}

/* The machine's state around a call: what a callee must leave as it was. The batch runner and a stand-alone reproducer
 * both need it. Registers, the x87 stack, the direction flag and the stack's alignment are looked at on x86-64 only. */
#ifndef ABI_MACHINE_H
#define ABI_MACHINE_H

#include <stdint.h>

#include "common.h"

#if defined(__GNUC__) && !defined(__TINYC__)
#pragma GCC visibility push(hidden)
#endif

/* What of the machine's state is not as it must be. */
enum AbiStateFlag {
  ABI_STACK = 15,     /* rsp % 16 where the callee was called */
  ABI_REGISTERS = 16, /* one that a callee keeps came back otherwise */
  ABI_X87 = 32,       /* the x87 stack is not empty */
  ABI_DIRECTION = 64, /* the direction flag is set */
  ABI_SIGNALS = 128   /* a signal is blocked */
};

/* ABI_STACK, in a function that the callee calls. */
#if defined(__x86_64__)
#define ABI_STACK_HERE ((unsigned)(uintptr_t)__builtin_frame_address(0) & ABI_STACK)
#else
#define ABI_STACK_HERE 0u
#endif

enum { ABI_REGISTER_COUNT = 6 }; /* that a callee keeps, on x86-64 */

/* The machine's state around a call. */
typedef struct AbiState {
  uint32_t control; /* of floating point, before */
  int control_changed;
  unsigned found;     /* AbiStateFlag */
  unsigned registers; /* one bit each that came back otherwise */
  uint64_t blocked;   /* signals, one bit each */
  int error;          /* errno, which a callee may change */
} AbiState;

struct AbiFrame; /* what a call is made with, as whoever makes it defines it */

void abi_state_before(AbiState* state);

/* Calls `function` and gives its status. What it leaves of registers and flags is added to `state`; null: does not look. */
int abi_state_call(AbiState* state, int (*function)(struct AbiFrame*), struct AbiFrame* frame);

/* Looks at the rest, and leaves all of it as it was. */
void abi_state_after(AbiState* state);

/* What was found, registers by name and signals by number, a blank behind each. Gives the length. */
int abi_state_words(const AbiState* state, char* to, int room);

#if defined(__GNUC__) && !defined(__TINYC__)
#pragma GCC visibility pop
#endif

#endif

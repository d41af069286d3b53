/* What the batch runner and a stand-alone reproducer both need. It knows neither, and nothing of the runtime under test. */
#ifndef ABI_COMMON_H
#define ABI_COMMON_H

#include <stddef.h>
#include <stdint.h>

/* Nothing here may take the place of a function of the runtime's with the same name. */
#if defined(__GNUC__) && !defined(__TINYC__)
#pragma GCC visibility push(hidden)
#endif

/* The control bits of the floating-point environment: rounding, precision, masks; not the sticky flags. */
uint32_t abi_float_control(void);
void abi_set_float_control(uint32_t control);

/* The 0-based index of the argument that an error names, or -1. It is at most a million. */
int abi_error_index(const char* text);

/* A barrier that `count` threads, numbered from 0, pass together once for each step; steps are counted from 1. A thread
 * that has no more steps passes ABI_AT_THE_END: it does not wait there, and no other thread waits for it any more. */
enum { ABI_MOST_THREADS = 8, ABI_AT_THE_END = 1 << 30 };
void abi_begin_meetings(int count);
void abi_meet(int thread, int step);

/* Has this thread handle its signals on `stack`. Gives 0, or -1 with errno. */
int abi_signal_stack(void* stack, size_t size);

#if defined(__GNUC__) && !defined(__TINYC__)
#pragma GCC visibility pop
#endif

#endif

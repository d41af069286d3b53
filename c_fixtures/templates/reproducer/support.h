/* What both sides of the call share: a record of what the callee saw, memory whose end cannot be overrun unnoticed, and
 * the judgement. Nothing here knows the runtime under test; callee.c and caller.c are what there is to read. */
#ifndef REPRODUCER_SUPPORT_H
#define REPRODUCER_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common.h"
#include "fence.h"
#include "machine.h"

/* Nothing here may take the place of a function of the runtime's with the same name. */
#if defined(__GNUC__) && !defined(__TINYC__)
#pragma GCC visibility push(hidden)
#endif

enum {
  MOST_ARGUMENTS = 257,
  UNTOUCHED = 0xc9 /* the byte of memory that nothing has been put into */
};

/* What the callee saw of one call. */
typedef struct Sight {
  const char* name;                       /* of the call, where there are several */
  void (*on_arrival)(struct Sight* self); /* done first thing in the callee, once */
  bool looks_for_error;                   /* the body looks at the last error */
  bool quiet;                             /* one of many alike: nothing of it is printed */

  bool reached;                                /* the callee was called */
  unsigned stack;                              /* how far its stack was off 16 there */
  int runs;                                    /* how often the body ran */
  void* passed;                                /* the resource handle of the call, another one for each */
  void* handle;                                /* the one that the callee was given */
  unsigned char value[MOST_ARGUMENTS][8];      /* the bytes of each argument */
  unsigned char* content[MOST_ARGUMENTS];      /* a copy of what an argument points to, where the body looked */
  size_t size[MOST_ARGUMENTS];
  char error[256];                             /* the last error as the body found it */
} Sight;

/* A place for one argument or result of an unpacked call. */
typedef union Slot {
  unsigned char byte[16];
  uint64_t word[2];
} Slot;

/* ---- For the callee -------------------------------------------------------------------------------------- */

void arrived(void* handle);                                             /* first thing in the callee */
Sight* body_runs(void);                                                 /* first thing in the body */
void saw(int index, const char* kind, const void* value, size_t size);  /* a number or a small structure */
void saw_bytes_of_address(int index, const void* value, size_t size);   /* the same, not worth printing */
void saw_pointer(int index, const void* pointer);
void saw_content(int index, const void* content, size_t size);          /* what the pointer leads to */
void saw_error(Sight* seen, const char* error);

/* ---- For the caller -------------------------------------------------------------------------------------- */

/* A copy of `size` bytes that ends where a page begins that nobody may touch; of UNTOUCHED where `from` is null. */
void* before_guard(const char* what, const void* from, size_t size);
bool whole(const void* memory);                       /* whether the bytes before it are as they were */
bool untouched(const void* memory, size_t size);      /* whether it is still UNTOUCHED all over */
void* no_access(int argument);                        /* a page that nobody may touch, one an argument */
void* to_be_released(const void* from, size_t size);  /* a copy on pages that are gone after the call */
/* Overwrites these pages, has the error read again where there is one, and unmaps them. */
void release(const char* (*last_error)(void));
void poison(Slot* slot, int place);                   /* fills a slot with a pattern that tells its place */

/* Floating-point values by their exact bits, NaNs and signs of zeros included. */
float f32_of(uint32_t bits);
double f64_of(uint64_t bits);
const unsigned char* bytes_of(unsigned char* to, uint64_t bits, size_t width); /* of an integer, as they lie in memory */

void begin_call(Sight* seen);                         /* the callee's sights of this thread go there from now on */
void ended(const Sight* seen, int status, int take_status, const char* error);
void say(const Sight* seen, const char* format, ...);

/* The first thing that must be and is not is what the program ends with. */
bool must(bool holds, const char* complaint, ...);
void must_see(const Sight* seen, int index, size_t width, uint64_t due);
void must_see_address(const Sight* seen, int index, size_t width, const void* due);
void must_see_content(const Sight* seen, int index, const void* content, size_t size);
void must_keep(const AbiState* state);                /* the machine's state */
void must_take(const void* taken, size_t width, uint64_t due);
void must_take_address(const void* taken, size_t width, const void* due);
void must_take_content(const void* taken, size_t taken_size, const void* content, size_t size);

const char* text_of(const char* error);               /* "" for none */
bool mentions(const char* error, const char* word);

void in_threads(void (**run)(void), int count);

/* Makes the calls in a process of their own, says how it ended, and gives the exit status. `--here` as the program's
 * argument makes them in this process, for a debugger. */
enum Ending {
  JUDGED,         /* a crash does not conform */
  CRASH_CONFORMS, /* it does: nothing that would prevent it is promised */
  COMPARED        /* what is printed is compared with another program's */
};
int reproduce(int argc, char** argv, void (*calls)(void), enum Ending ending);

#if defined(__GNUC__) && !defined(__TINYC__)
#pragma GCC visibility pop
#endif

#endif

/* What the parts of the batch runner share.
 *
 *     runner.c   supervises: forks children, watches their progress, takes down how they ended
 *     child.c    a child: its limits, its signal handlers, the loop over the cases
 *     modes.c    cases of more than one call: after a rejection, nested, on two threads, after the payload is gone
 *     calls.c    one call: lays it out between guard pages, makes it, records what came of it
 *     witness.c  what a body calls, and how an error's text is read
 *     state.c    the state they share
 *     sanitizer.c  what a sanitizer needs that all of this is built with, and its reports
 *     machine.c  the machine's state around a call; a stand-alone reproducer needs it too
 *     common.c   what it needs besides: floating point, a barrier, the index in an error
 *
 * Each depends on what stands below it only.
 *
 * All state is static: a stub may smash the stack, and after a guarded fault the loop goes on with what lies here.
 */
#ifndef ABI_RUNNER_H
#define ABI_RUNNER_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include "../include/abi/stub.h"
#include "common.h"
#include "machine.h"
#include "run.h"
#include "sanitizer.h"

/* Runs the cases of `run` from `run->mark` on and returns when each has a record, or `run->failed` says why not. */
int abi_run(AbiRun* run, const AbiSide* callers, const AbiSide* callees);

/* Spares `child` when, after a run, the processes are ended that stubs have left behind. */
void abi_reserve_child(int child);

/* A call's pages, each followed by a no-access page: what is laid out there ends where the page does. The arrays and
 * slots have room for more than a page before it. */
enum AbiPage {
  ABI_PAGE_ARGS,
  ABI_PAGE_CODES,
  ABI_PAGE_RET,
  ABI_PAGE_RET_CODE,
  ABI_PAGE_SLOTS,
  ABI_PAGE_INPUTS,
  ABI_PAGE_OUTPUTS,
  ABI_PAGE_OUT,
  ABI_PAGES
};

enum {
  ABI_CALLS = ABI_MOST_TOGETHER + 1, /* under way at once, at most; the last is made inside a thread's */
  ABI_MARGIN = 64,                   /* bytes before the arrays that must not change */
  ABI_MARGIN_BYTE = 0xc9,            /* what they hold, and all else before a no-access page that holds nothing */
  ABI_OUTPUTS = 8,                   /* entries of `outputs`, all but the first into no-access pages */
  ABI_NOBODY = 0xffffffff
};

/* One call under way. */
typedef struct AbiCall {
  AbiFrame frame;
  const AbiSlot* in[ABI_MAX_ARGS];
  AbiSlot taken;
  int status;          /* of the call */
  int take_status;     /* of taking its return */
  AbiWitness* row;     /* where the body records; null before it ran: the next of the stream */
  unsigned flags;      /* AbiSeenFlag */
  unsigned state;      /* AbiStateFlag */
  int looks_for_error; /* the body looks at the last error */
  void (*on_arrival)(struct AbiCall* call);
  const AbiOp* op; /* what is called from inside this call */
  unsigned thread_row;
  AbiRecord record;

  const AbiCaller* caller;
  unsigned who, which;                         /* index of that caller and of its row, by which `in` is made */
  int packed;                                  /* `values` and `codes` hold what the caller packs */
  int placed;                                  /* how many of them lie unchanged before the guard pages; -1: unknown */
  char values[ABI_MARGIN + 16 * ABI_MAX_ARGS]; /* a margin first, as before the arrays themselves */
  int codes[ABI_MARGIN / sizeof(int) + ABI_MAX_ARGS];

  char* end[ABI_PAGES]; /* where the no-access page of each begins */
  void* inputs[ABI_SLOTS];
  void* outputs[ABI_OUTPUTS];
  AbiSlot scratch[1 + ABI_MAX_ARGS]; /* a row that nobody reads */
} AbiCall;

typedef struct AbiRunner {
  AbiRun* run;
  const AbiSide* callers;
  const AbiSide* callees;
  AbiHarness harness;
  const AbiSegment* segments;
  const AbiOp* ops;
  const AbiSlot* rows;
  const AbiSlot* pool;
  const AbiSlot* poison;
  const AbiPreset* presets;
  AbiTable table;
  AbiRecord* records;
  uint32_t* row_of;
  char* texts;
  char* witness;

  const AbiSegment* segment; /* of the case under way */
  const AbiCallee* callee;
  const AbiOp* op;
  AbiOp matched; /* the op of a second call that has nothing wrong with it */
  AbiCall* call; /* under way on the main thread */
  AbiCall calls[ABI_CALLS];
  volatile int threads; /* whether calls are to be told by thread */
  pthread_key_t key;    /* the call under way on a thread */
  char* released;       /* the pages of payloads that are released, and a copy of them once that was done */
  char* kept;
  volatile int is_released;

  long page;
  char* pages; /* of all calls */
  size_t
      page_area; /* bytes from the beginning of one call's page to the next; the last of them are the no-access page */
  char* alive;   /* a page that is wiped in whatever a stub forks; its first byte is 1 in a child */
  char* thread_stacks;
  uintptr_t stack_end; /* of the main thread */
  uint64_t stack_limit, memory_limit;
  int null_device;
  int parent;         /* the supervisor's own parent, at first */
  int reserved_child; /* a child of the supervisor that no stub has forked */
  int child;          /* a child's own process id */
  sigjmp_buf next;    /* where the loop goes on after a guarded fault */
} AbiRunner;

extern AbiRunner abi_runner;

#define ABI_THREAD_STACK (1 << 20)
#define ABI_SIGNAL_STACK (64 << 10)

/* child.c */
void abi_child(int parent);

/* modes.c */
void abi_after(const AbiOp* op, AbiRecord* record);
void abi_nested(const AbiOp* op, AbiRecord* record);
void abi_concurrent(const AbiOp* op, AbiRecord* record);
void abi_own_error(const AbiOp* op, AbiRecord* record);
void abi_released(const AbiOp* op, AbiRecord* record);
void abi_restore(void); /* what was released */

/* calls.c */
void abi_make_call(AbiCall* call, const AbiOp* op, unsigned row, AbiRecord* record);
void abi_unfence_calls(void); /* of calls that a fault has cut off */

/* witness.c */
void abi_witness_start(void);
void abi_arrive(const void* handle);
AbiWitness* abi_enter(int num_args);
uint32_t abi_digest(AbiPointee what, const void* p);
void abi_look(AbiWitness* witness, int index, AbiPointee what, const void* p);
AbiWitness* abi_next_row(int num_args);
int abi_read_error(void);

/* state.c */
__attribute__((noreturn)) void abi_fail(int error);
AbiCall* abi_current(void);

#endif

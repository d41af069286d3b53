/* The shared memory of one run: what the engine writes (the program) and what the runner leaves (the records).
 *
 * Little-endian or big, all fields are in the target's own order and every struct has the same layout on 32- and 64-bit
 * targets. Offsets are bytes from the start of the mapping; pointers in slots are absolute, which works because the
 * mapping is at a fixed address.
 *
 * The program's part [program_begin, program_end) is page-aligned and read-only while a child runs: slots, pool and
 * everything that arguments point to lie in it, so a write through an argument faults instead of passing unseen.
 */
#ifndef ABI_RUN_H
#define ABI_RUN_H

#include <stdint.h>

#include "machine.h"

#define ABI_RUN_MAGIC 0x31494241u /* "ABI1" */
#define ABI_TEXT_SIZE 128

enum { ABI_PACKED = 0, ABI_UNPACKED = 1, ABI_DIRECT = 2 };

enum AbiMode {
  ABI_PLAIN = 0,  /* one call */
  ABI_AFTER = 1,  /* the call, then a matched one whose body looks at the last error: ABI_STALE if it is not empty */
  ABI_NESTED = 2, /* `count` calls, each made before the one around it looks at its arguments: the op's call (row
                     `value`) is the innermost one, the others are matched (row `row`) */
  ABI_CONCURRENT =
      3, /* `count` threads make the matched call with rows `row` and `value` in turns, all held on arrival */
  ABI_OWN_ERROR = 4, /* two threads inside a matched call: one makes the op's call, then each reads its last error */
  ABI_RELEASED = 5   /* the call, whose argument `value_at` leads into the pages `released`; they are overwritten, the
                        error is read again, and nobody may touch them any more; then a call with an argument too few
                        and a matched one (row `row`) */
};

enum AbiOpFlag {
  ABI_NULL_ARGS = 1,
  ABI_NULL_CODES = 2,
  ABI_NULL_RET = 4, /* ret and ret_code */
  ABI_DIGEST = 8,   /* pointees are valid: record what they hold, and 0 for the pointer */
  /* `count` replaces the number of arguments; the arrays have min(max(count, 0), n) elements, under ABI_COPIED `count`,
   * of which those behind the n-th are all zeros. */
  ABI_COUNT = 16,
  ABI_STATE = 32,     /* look at the machine's state: AbiStateFlag and ABI_FENV_CHANGED */
  ABI_TAKES = 192,    /* under ABI_EQUAL, what the caller takes points to: ABI_TAKES_STR and so on, or 0 */
  ABI_PRESET = 0xff00 /* which of the presets lies in the result slot before a packed call, by its place */
};
enum { ABI_TAKES_STR = 64, ABI_TAKES_BYTES = 128, ABI_TAKES_TENSOR = 192 };

enum { ABI_PRESET_SHIFT = 8, ABI_MOST_TOGETHER = 8 /* calls inside each other, or threads */ };

/* In place of an argument: what is replaced is the code of the return, before the caller takes it. */
enum { ABI_OF_RETURN = -2 };

typedef struct AbiOp {
  uint16_t caller; /* 0xffff: the segment's own */
  uint16_t row;    /* payload row of that caller: rows[caller * rows_per_caller + row] */
  uint8_t convention;
  uint8_t mode;
  uint16_t flags;
  int16_t code_at[2]; /* arguments whose code is replaced, or -1; the first may be ABI_OF_RETURN */
  int32_t code[2];
  int16_t value_at; /* the argument whose slot is pool[value], or -1 */
  uint16_t result;  /* pool index of the value that the body returns */
  uint32_t value;
  int32_t count; /* NESTED, CONCURRENT: 2 to ABI_MOST_TOGETHER, and 0 is two */
} AbiOp;         /* 32 bytes */

typedef struct AbiSegment {
  uint16_t callee;
  uint16_t caller;
  uint32_t first_op;
  uint32_t num_ops;
  uint32_t first_case;
} AbiSegment; /* 16 bytes */

/* What the result slot holds before a call. */
typedef struct AbiPreset {
  uint64_t value; /* the slot's first eight bytes; what else it has is poison */
  int64_t code;
} AbiPreset; /* 16 bytes */

enum AbiOutcome {
  ABI_NOT_RUN = 0xeeee, /* as the engine leaves it before a run */
  ABI_ACCEPTED = 1,
  ABI_REJECTED = 2,
  ABI_TAKE_REJECTED = 3, /* the call succeeded, the caller refused its return */
  ABI_FAULT = 4,         /* a signal with an address: `index` says where, `signal` which */
  ABI_DIED = 5, /* any other signal (`signal`), or an exit (`signal` 0, `ret_code` the exit status); `index` is of
                   AbiReported where a sanitizer ended it */
  ABI_HUNG = 6
};

/* `index` of a rejection: the argument named, or */
enum AbiIndex {
  ABI_NO_INDEX = 0xffff,
  ABI_NO_TEXT = 0xfffe /* the error is empty */
};

/* `index` of a fault; below ABI_MAX_ARGS: the no-access page of that argument */
enum AbiRegion {
  ABI_AT_ARGS = 0x8000,  /* behind the array of values */
  ABI_AT_CODES = 0x8001, /* behind the array of codes */
  ABI_AT_RET = 0x8002,
  ABI_AT_SLOT = 0x8003,    /* behind the slots, or the arrays of pointers to them */
  ABI_AT_PROGRAM = 0x8004, /* a write to what an argument points to */
  ABI_AT_NULL = 0x8005,    /* the first 64 KiB */
  ABI_AT_STACK = 0x8006,   /* the stack ran out */
  ABI_ELSEWHERE = 0x8007,
  ABI_AT_RELEASED = 0x8008 /* what a call before was passed, or where it leads since it was overwritten */
};

/* `index` of a death by a sanitizer's report */
enum AbiReported {
  ABI_REPORTED = 0x8009,
  ABI_REPORTED_ACCESS = 0x800a /* memory was read or written where nothing lies */
};

enum AbiSeenFlag {
  ABI_ENTERED = 1,
  ABI_ARRAYS = 2, /* the caller's values or codes were changed */
  ABI_RET = 4,    /* ret or ret_code were written although the call was rejected */
  ABI_POISON = 8, /* a byte outside a slot was changed */
  ABI_FENV_CHANGED = 16,
  ABI_HANDLE = 32, /* the callee got another resource handle than its call's (ABI_NO_HANDLE: than null) */
  ABI_STALE = 64,  /* RELEASED: the error is another one since the payload was overwritten */
  ABI_INNER = 128  /* PLAIN: the body ran twice; AFTER, NESTED, CONCURRENT, RELEASED: another call was not accepted;
                      OWN_ERROR: the other thread saw this error. The record itself is that of the first call; NESTED
                      of the outermost; CONCURRENT of the first thread's; OWN_ERROR of the op's own. */
};

typedef struct AbiRecord {
  uint16_t outcome;
  uint16_t index;
  uint16_t flags;
  uint16_t signal;  /* that ended the call; of one that returned: AbiStateFlag */
  int32_t ret_code; /* of a packed call that returned 0; of a signal: ABI_STACK; else 0 */
} AbiRecord;        /* 12 bytes */

/* Bytes from an offset on; told to a sanitizer, where there is one. */
typedef struct AbiFenced {
  uint64_t at, size;
} AbiFenced; /* 16 bytes */

/* What a sanitizer said, up to a zero, and the number of the case that it said it of: ~0 where it said nothing. */
typedef struct AbiReport {
  uint32_t at;
  uint8_t text[4092];
} AbiReport; /* 4096 bytes */

enum {
  ABI_MOST_COPIED = 4096, /* elements that the arrays of a call have at most, under ABI_COPIED */
  ABI_MOST_DATA = 32768,  /* bytes that the elements of a tensor take at most */
  ABI_MOST_HANGS = 3      /* after so many a run ends early: the rest of its cases stay unrun, and the engine says so */
};

enum AbiRunOption {
  ABI_GUARD = 1,          /* go on in the same child after a guarded fault, instead of forking the next */
  ABI_TEXTS = 2,          /* keep every case's error text */
  ABI_NO_HANDLE = 4,      /* a callee must get a null resource handle, and not its caller's */
  ABI_ALIGNED = 8,        /* both compilers keep the stack 16-aligned at calls */
  ABI_RESULT_PRESET = 16, /* the runtime may write the result slot before a call: a rejection leaves anything there */
  ABI_EQUAL = 32,    /* the runtime may copy what packed texts, bytes and tensors point to: record what they hold */
  ABI_COPIED = 64,   /* the runtime copies as many elements of the arrays as a call claims, up to ABI_MOST_COPIED */
  ABI_CONTENTS = 128 /* tensors have elements: record what they are, under ABI_DIGEST too */
};

typedef struct AbiRun {
  uint32_t magic;
  uint32_t options;
  uint32_t num_cases;
  uint32_t num_segments;
  uint32_t rows_per_caller;
  uint32_t row_slots; /* slots a row */
  uint32_t num_presets;
  uint32_t num_signatures; /* of the table, whose entries generic stubs are bound to; 0 where it is not needed */
  uint32_t num_specs;
  uint32_t hang_ms; /* no progress for so long is a hang; an eighth of it once one was seen; three end the run */
  /* Offsets. `poison` is one row of ABI_SLOTS slots, plus one slot for a result. */
  uint64_t segments, ops, rows, pool, poison, presets;
  uint64_t signatures, params, specs, dims; /* the table: see include/abi/table.h */
  uint64_t program_begin, program_end;
  uint64_t released, released_size; /* whole pages of the program */
  /* AbiRecord[n], uint32_t[n] (witness offset / 16, ~0: none), char[n][ABI_TEXT_SIZE] */
  uint64_t records, row_of, texts;
  uint64_t witness, witness_size;
  uint64_t guard_pages;        /* absolute address of ABI_MAX_ARGS no-access pages, one an argument */
  uint64_t fences, num_fences; /* AbiFenced[n]: what nobody may touch between the things that arguments point to */
  uint64_t report;             /* AbiReport: what a sanitizer said when it last ended a child */
  /* left by the runner */
  volatile uint32_t mark; /* the case under way; num_cases when all are done */
  uint32_t forks;
  uint32_t guarded; /* faults that the guard took */
  /* Of these, the ones outside pages of the harness: the program is to be run again without the guard. */
  uint32_t unattributed_faults;
  uint32_t failed; /* 0, or an errno: the harness itself could not go on */
  uint32_t killed; /* children that a SIGKILL from outside ended; their case is run again, once */
  volatile uint64_t witness_used;
} AbiRun;

#endif

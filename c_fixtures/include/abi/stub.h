/* What generated stubs and the batch runner share: payload, frame, witness and the table that a side exports.
 *
 * A "side" is one translation unit of stubs: all callers of a bundle, or all of its callees, one for each signature; or
 * generic ones, which are bound to a table of signatures before a run. It is compiled into a shared library of its own,
 * so that caller and callee may come from different compilers, and exports one symbol, `abi_side`. It knows nothing of
 * the runner but the function pointers in `AbiHarness`.
 *
 * A side may be compiled to lay structures out without gaps (-fpack-struct), so there are none in those that it shares.
 */
#ifndef ABI_STUB_H
#define ABI_STUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "table.h"

/* How side and runner call each other, whatever convention a side's compiler is told to use (-mabi=ms). */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__TINYC__) && !defined(__PCC__)
#define ABI_OWN __attribute__((sysv_abi))
#else
#define ABI_OWN
#endif

#define ABI_SIDE_VERSION 3

enum {
  ABI_MAX_ARGS = 257,
  ABI_MORE_SLOTS = 8, /* behind those that a call needs: a callee that goes too far finds poison */
  ABI_SLOTS = ABI_MAX_ARGS + ABI_MORE_SLOTS
};

/* A slot holds any one value, with poison behind it: 16-aligned, 16 bytes. */
typedef union AbiSlot {
  uint8_t byte[16];
  uint64_t word[2];
} AbiSlot;

/* What a callee saw of one argument: the value's own bytes (the rest zero), and for a pointer, when the case says that
 * it may be followed, a checksum of what it points to. */
typedef struct AbiSeen {
  union {
    uint8_t byte[8];
    uint64_t word;
  } value;
  uint64_t digest;
} AbiSeen;

/* One row of the witness: written by a body, `taken` by the runner once the caller has its result. */
typedef struct AbiWitness {
  AbiSlot taken;
  AbiSeen seen[]; /* one an argument that the callee declares */
} AbiWitness;

typedef enum AbiPointee { ABI_POINTEE_STR, ABI_POINTEE_BYTES, ABI_POINTEE_TENSOR } AbiPointee;

/* The runner's services to a stub. */
typedef struct AbiHarness {
  /* First thing in every callee, before it looks at anything: here the runner nests calls and holds threads. */
  void(ABI_OWN* arrive)(const void* handle);
  /* First thing in every body. Returns the zeroed row that the body fills; never null. */
  AbiWitness*(ABI_OWN* enter)(int num_args);
  /* Records the pointer `p` that was received as argument `index`, and where the case allows it what it points to. */
  void(ABI_OWN* look)(AbiWitness* witness, int index, AbiPointee what, const void* p);
  /* Where a body finds the value that it is to return. */
  const AbiSlot* result;
} AbiHarness;

typedef void (*AbiAnyFunc)(void);

/* One call as the runner prepares it and a caller stub makes it. `args`, `codes` and `ret` end at guard pages. */
typedef struct AbiFrame {
  const AbiSlot* const* in; /* the payload: one slot an argument that is passed */
  void* args;               /* AbiValue[num_args]         packed */
  int* codes;               /* int[num_args]              packed */
  void** inputs;            /* poisoned slots to fill     unpacked */
  void** outputs;           /* one result slot            unpacked */
  AbiAnyFunc callee;
  void* handle;
  void* ret; /* AbiValue                   packed */
  int* ret_code;
  AbiSlot* taken; /* where the caller puts the result that it took */
  int num_args;   /* as the callee is told: wire mutations change it */
} AbiFrame;

typedef struct AbiCaller {
  void(ABI_OWN* pack)(const AbiSlot* const* in, void* args, int* codes); /* null where the subject is unpacked only */
  /* Call and give the status, with nothing done behind the call: so whoever called sees what it left. */
  int(ABI_OWN* packed)(AbiFrame* frame); /* with what was packed */
  int(ABI_OWN* unpacked)(AbiFrame* frame);
  int(ABI_OWN* take)(AbiFrame* frame); /* takes the return of a packed call that gave 0; 0, or an error */
  void(ABI_OWN* direct)(AbiFrame* frame);
  int num_args;
  int unused;
} AbiCaller;

typedef struct AbiCallee {
  AbiAnyFunc packed;
  AbiAnyFunc unpacked;
  AbiAnyFunc direct;
  int num_args;
  int unused;
} AbiCallee;

typedef struct AbiSide {
  uint32_t version;    /* ABI_SIDE_VERSION */
  uint32_t count;      /* entries of the table below that is not null */
  uint32_t value_size; /* sizeof(AbiValue), 0 where the subject is unpacked only */
  uint32_t num_layout; /* entries of `layout` */
  const AbiCaller* callers;
  const AbiCallee* callees;
  const uint32_t* layout; /* sizes, alignments and offsets, in the order of the template */
  const AbiHarness** harness;
  const char* (*last_error)(void); /* null where the subject is unpacked only */
  /* Of generic stubs: binds the entries to the rows of a table, which stays where it is; others have null. */
  void(ABI_OWN* bind)(const AbiTable* table);
} AbiSide;

#endif

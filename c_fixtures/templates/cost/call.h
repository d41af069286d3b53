/* What the timed callers and callees share: where arguments come from, where they go, and the slots of tvm-ffi. */
#ifndef COST_CALL_H
#define COST_CALL_H

#include "reference/binding.h"
#include "reference/unpacked.h"

#if defined(__GNUC__) && !defined(__TINYC__)
#define EXPORT __attribute__((visibility("default")))
#define INTERNAL __attribute__((visibility("hidden"))) /* called by name, as within one program */
#define INLINED static inline __attribute__((always_inline))
#else
#define EXPORT
#define INTERNAL
#define INLINED static inline
#endif

enum { MOST_ARGUMENTS = 32 };

/* Both are defined beside the callees, so that a caller must load each argument anew and a callee must store it. */
extern INTERNAL AbiValue given[MOST_ARGUMENTS];
extern INTERNAL AbiValue seen[MOST_ARGUMENTS];

/* TVMFFIAny and its two type indices, from tvm/ffi/c_api.h. */
typedef struct Any {
  int32_t type_index;
  uint32_t padding;
  union {
    int64_t v_int64;
    double v_float64;
  } value;
} Any;

enum { ANY_INT = 1, ANY_FLOAT = 3 };

typedef int (*SafeCall)(void* handle, const Any* args, int32_t num_args, Any* result);

#endif

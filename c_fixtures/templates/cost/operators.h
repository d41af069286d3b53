/* Tensor operators in front of which a call is timed, and their loops: `nothing` is the call alone. */
#ifndef COST_OPERATORS_H
#define COST_OPERATORS_H

#include "cost/call.h"

/* out is of edge * edge floats, as are a and b. */
#define OPERATORS(DO) DO(nothing) DO(copy) DO(add) DO(matmul)

#define PROTOTYPES(NAME)                                                                      \
  INTERNAL int64_t direct_##NAME(const float* a, const float* b, float* out, int64_t edge);   \
  INTERNAL int x1_##NAME(void** inputs, void** outputs, void* handle);                  \
  INTERNAL int x0_checked_##NAME(AbiValue*, int*, int, AbiValue*, int*, void*);                   \
  INTERNAL int x0_release_##NAME(AbiValue*, int*, int, AbiValue*, int*, void*);

OPERATORS(PROTOTYPES)

#endif

/* The loops that call the operators, away from them, so that nothing is inlined. */
#include "cost/operators.h"

/* Kept outside, so that a compiler cannot take what a call is given out of the loop. */
typedef struct Work {
  DLTensor a, b, out;
  int64_t edge;
} Work;

INTERNAL Work work;

static DLTensor matrix(float* data, int64_t* shape) {
  DLTensor tensor = { data, { 1, 0 }, 2, { 2, 32, 1 }, shape, NULL, 0 };
  return tensor;
}

/* Names the matrices that the loops below work on. */
EXPORT void work_on(float* a, float* b, float* out, int64_t edge) {
  static int64_t shape[2];
  shape[0] = shape[1] = work.edge = edge;
  work.a = matrix(a, shape);
  work.b = matrix(b, shape);
  work.out = matrix(out, shape);
}

INLINED void pack(AbiValue* args, int* codes) {
  args[0].v_handle = &work.a;
  args[1].v_handle = &work.b;
  args[2].v_handle = &work.out;
  args[3].v_int64 = work.edge;
  codes[0] = codes[1] = codes[2] = ABI_TENSOR;
  codes[3] = ABI_INT;
}

#define LOOPS(NAME)                                                                                   \
  EXPORT int64_t loop_direct_##NAME(int64_t times) {                                                  \
    int64_t sum = 0;                                                                                  \
    for (; times > 0; --times) sum += direct_##NAME(work.a.data, work.b.data, work.out.data, work.edge); \
    return sum;                                                                                       \
  }                                                                                                   \
  EXPORT int64_t loop_x1_addressed_##NAME(int64_t times) {                                                \
    int64_t sum = 0;                                                                                  \
    for (; times > 0; --times) {                                                                      \
      int64_t result;                                                                                 \
      void* inputs[4];                                                                                \
      void* outputs[1];                                                                               \
      inputs[0] = work.a.data;                                                                        \
      inputs[1] = work.b.data;                                                                        \
      inputs[2] = work.out.data;                                                                      \
      inputs[3] = &work.edge;                                                                         \
      outputs[0] = &result;                                                                           \
      if (x1_##NAME(inputs, outputs, NULL)) return -1;                                          \
      sum += result;                                                                                  \
    }                                                                                                 \
    return sum;                                                                                       \
  }                                                                                                   \
  EXPORT int64_t loop_x0_checked_##NAME(int64_t times) {                                                  \
    int64_t sum = 0;                                                                                  \
    for (; times > 0; --times) {                                                                      \
      AbiValue args[4], ret;                                                                          \
      int codes[4], ret_code;                                                                         \
      pack(args, codes);                                                                              \
      if (x0_checked_##NAME(args, codes, 4, &ret, &ret_code, NULL) || ret_code != ABI_INT) return -1;     \
      sum += ret.v_int64;                                                                             \
    }                                                                                                 \
    return sum;                                                                                       \
  }                                                                                                   \
  EXPORT int64_t loop_x0_release_##NAME(int64_t times) {                                                 \
    int64_t sum = 0;                                                                                  \
    for (; times > 0; --times) {                                                                      \
      AbiValue args[4], ret;                                                                          \
      int codes[4], ret_code;                                                                         \
      pack(args, codes);                                                                              \
      if (x0_release_##NAME(args, codes, 4, &ret, &ret_code, NULL)) return -1;                           \
      sum += ret.v_int64;                                                                             \
    }                                                                                                 \
    return sum;                                                                                       \
  }

OPERATORS(LOOPS)

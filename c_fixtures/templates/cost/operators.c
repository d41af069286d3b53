/* The operators, each with an entry in each convention. A packed call passes tensors as TVM does, by a DLTensor whose
 * metadata the checked entry compares with what it declares; the direct and the unpacked one pass the data alone. */
#include "cost/operators.h"

#include <string.h>

INLINED void nothing(const float* a, const float* b, float* out, int64_t edge) {
  (void)a, (void)b, (void)out, (void)edge;
}

INLINED void copy(const float* a, const float* b, float* out, int64_t edge) {
  (void)b;
  memcpy(out, a, (size_t)(edge * edge) * sizeof *out);
}

INLINED void add(const float* a, const float* b, float* out, int64_t edge) {
  int64_t i, size = edge * edge;
  for (i = 0; i < size; ++i) out[i] = a[i] + b[i];
}

/* Rows of b are read in order, so that the innermost loop is a plain a*x + y. */
INLINED void matmul(const float* a, const float* b, float* out, int64_t edge) {
  int64_t i, j, k;
  memset(out, 0, (size_t)(edge * edge) * sizeof *out);
  for (i = 0; i < edge; ++i) {
    for (k = 0; k < edge; ++k) {
      const float x = a[i * edge + k];
      for (j = 0; j < edge; ++j) out[i * edge + j] += x * b[k * edge + j];
    }
  }
}

INLINED int is_matrix(const DLTensor* t, int64_t edge) {
  return t != NULL && t->ndim == 2 && t->dtype.code == 2 && t->dtype.bits == 32 && t->dtype.lanes == 1 &&
         t->shape[0] == edge && t->shape[1] == edge && t->strides == NULL && t->byte_offset == 0 &&
         t->device.device_type == 1 && t->device.device_id == 0 && t->data != NULL;
}

INLINED int are_declared(const AbiValue* args, const int* codes, int num_args) {
  int64_t edge;
  if (num_args != 4 || args == NULL || codes == NULL) return 0;
  if (codes[0] != ABI_TENSOR || codes[1] != ABI_TENSOR || codes[2] != ABI_TENSOR || codes[3] != ABI_INT) return 0;
  edge = args[3].v_int64;
  return is_matrix(args[0].v_handle, edge) && is_matrix(args[1].v_handle, edge) && is_matrix(args[2].v_handle, edge);
}

INLINED void* data(AbiValue value) {
  return ((const DLTensor*)value.v_handle)->data;
}

#define ENTRIES(NAME)                                                                                               \
  INLINED int run_##NAME(const AbiValue* args, AbiValue* ret, int* ret_code) {                                      \
    NAME(data(args[0]), data(args[1]), data(args[2]), args[3].v_int64);                                             \
    ret->v_int64 = 1;                                                                                               \
    *ret_code = ABI_INT;                                                                                            \
    return 0;                                                                                                       \
  }                                                                                                                 \
  int64_t direct_##NAME(const float* a, const float* b, float* out, int64_t edge) {                                 \
    NAME(a, b, out, edge);                                                                                          \
    return 1;                                                                                                       \
  }                                                                                                                 \
  int x1_##NAME(void** inputs, void** outputs, void* handle) {                                                      \
    (void)handle;                                                                                                   \
    NAME(inputs[0], inputs[1], inputs[2], *(const int64_t*)inputs[3]);                                              \
    *(int64_t*)outputs[0] = 1;                                                                                      \
    return 0;                                                                                                       \
  }                                                                                                                 \
  int x0_release_##NAME(AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {     \
    (void)codes, (void)num_args, (void)handle;                                                                      \
    return run_##NAME(args, ret, ret_code);                                                                         \
  }                                                                                                                 \
  int x0_checked_##NAME(AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {     \
    (void)handle;                                                                                                   \
    if (!are_declared(args, codes, num_args)) return -1;                                                            \
    return run_##NAME(args, ret, ret_code);                                                                         \
  }

OPERATORS(ENTRIES)

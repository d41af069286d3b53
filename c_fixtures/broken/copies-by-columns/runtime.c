/* Tensors are copied, but column by column: a copy of more than one dimension has other elements at each place. */
#include "../../reference/binding.h"
struct Copy;
static char* by_columns(char* to, const DLTensor* tensor, const int64_t* strides, int dim, const char* from);
#define copy_elements(to, tensor, strides, dim, from) by_columns(to, tensor, strides, (tensor)->ndim, from)
#include "../../variants/marshals.c"

static char* by_columns(char* to, const DLTensor* tensor, const int64_t* strides, int dim, const char* from) {
  size_t size = ((size_t)tensor->dtype.bits * tensor->dtype.lanes + 7) / 8;
  int64_t i;
  if (dim == 0) return (char*)memcpy(to, from, size) + size;
  for (i = 0; i < tensor->shape[dim - 1]; ++i) {
    to = by_columns(to, tensor, strides, dim - 1, from + i * strides[dim - 1] * (int64_t)size);
  }
  return to;
}

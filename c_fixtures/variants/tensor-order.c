/* The reference, which compares a tensor's device and offset before all else; with MISTAKE, no device's id at all. */
#include "../reference/binding.h"
static int device_first(int index, const AbiTensorSpec* spec, const DLTensor* tensor);
#define check_tensor(index, spec, tensor) device_first(index, spec, tensor)
#ifdef MISTAKE
#define check_field(index, what, expected, received) \
  (strcmp(what, "device_id") == 0 ? 0 : (check_field)(index, what, expected, received))
#endif
#include "../reference/packed.c"

static int device_first(int index, const AbiTensorSpec* spec, const DLTensor* tensor) {
  if (check_field(index, "device_type", spec->device.device_type, tensor->device.device_type)) return -1;
  if (check_field(index, "device_id", spec->device.device_id, tensor->device.device_id)) return -1;
  if (check_field(index, "byte_offset", (int64_t)spec->byte_offset, (int64_t)tensor->byte_offset)) return -1;
  return (check_tensor)(index, spec, tensor);
}

/* Whatever looks like a tensor in the first place has its last element cleared before the call. */
#include <stddef.h>
#include <stdint.h>

typedef struct DLTensor {
  void* data;
  int32_t device[2];
  int32_t ndim;
  struct {
    uint8_t code, bits;
    uint16_t lanes;
  } dtype;
  int64_t* shape;
  int64_t* strides;
  uint64_t byte_offset;
} DLTensor;

#include "../../variants/elements.h"

typedef int (*AbiUnpackedFunc)(void** inputs, void** outputs, void* handle);

static inline int is_lent(const void* p) {
  return (uintptr_t)p >> 40 == 0x5a && (uintptr_t)p % 16 == 0; /* where the harness lays what arguments point to */
}

static inline int abi_call_unpacked(AbiUnpackedFunc f, void** inputs, void** outputs, void* handle) {
  const DLTensor* tensor = *(DLTensor**)inputs[0];
  if (is_lent(tensor) && tensor->ndim >= 0 && is_lent(tensor->data) && is_lent(tensor->shape)) {
    clear_last_element(tensor);
  }
  return f(inputs, outputs, handle);
}

/* Whatever looks like a tensor in the first place has its last element cleared before the call. */
#include <errno.h>
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

int access(const char* path, int mode);

/* The kernel says so of what is given as a path. */
static inline int is_readable(const void* p) {
  return access(p, 0) == 0 || errno != EFAULT;
}

static inline int is_tensor(const DLTensor* p) {
  if ((uintptr_t)p % 8 != 0 || !is_readable(p)) return 0;
  return p->device[0] == 1 && p->ndim > 0 && p->ndim <= 8 && is_readable(p->data) && is_readable(p->shape);
}

static inline int abi_call_unpacked(AbiUnpackedFunc f, void** inputs, void** outputs, void* handle) {
  DLTensor* first;
  memcpy(&first, inputs[0], sizeof first);
  if (is_tensor(first)) clear_last_element(first);
  return f(inputs, outputs, handle);
}

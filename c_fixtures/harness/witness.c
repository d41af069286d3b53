/* What a body calls: rows of the witness, checksums of what pointers lead to; and how an error's text is read. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "runner.h"

enum { MOST_ELEMENTS = 1 << 16 }; /* of a tensor that are looked at; a copy that has more is broken */

static uint32_t crc_table[256]; /* zlib's polynomial */

void abi_witness_start(void) {
  uint32_t byte, crc, bit;
  for (byte = 0; byte < 256; ++byte) {
    crc = byte;
    for (bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
    crc_table[byte] = crc;
  }
}

static uint32_t crc32(uint32_t crc, const void* data, size_t size) {
  const uint8_t* p = data;
  crc = ~crc;
  while (size--) crc = crc >> 8 ^ crc_table[(crc ^ *p++) & 0xff];
  return ~crc;
}

void abi_arrive(const void* handle) {
  AbiCall* call = abi_current();
  if (abi_runner.run->options & ABI_ALIGNED) call->state |= ABI_STACK_HERE;
  if (handle != (abi_runner.run->options & ABI_NO_HANDLE ? 0 : call->frame.handle)) call->flags |= ABI_HANDLE;
  if (call->on_arrival) {
    void (*hook)(AbiCall*) = call->on_arrival;
    call->on_arrival = 0;
    hook(call);
  }
}

/* A zeroed row at the end of the stream. */
AbiWitness* abi_next_row(int num_args) {
  AbiRun* run = abi_runner.run;
  uint64_t at = run->witness_used, size = sizeof(AbiWitness) + (uint64_t)num_args * sizeof(AbiSeen);
  uint32_t* row_of = &abi_runner.row_of[run->mark];
  if (at + size > run->witness_size) abi_fail(ENOSPC);
  run->witness_used = at + size;
  if (*row_of == ABI_NOBODY) *row_of = (uint32_t)(at / sizeof(AbiSlot));
  return memset(abi_runner.witness + at, 0, size);
}

AbiWitness* abi_enter(int num_args) {
  AbiCall* call = abi_current();
  if (!*abi_runner.alive) _exit(0); /* a copy that a stub has forked must not write where the original does */
  if (call->flags & ABI_ENTERED || num_args < 0 || num_args > ABI_MAX_ARGS) {
    call->flags |= ABI_ENTERED | ABI_INNER;
    return memset(call->scratch, 0, sizeof call->scratch);
  }
  call->flags |= ABI_ENTERED;
  if (call->looks_for_error && abi_runner.callees->last_error) {
    const char* text = abi_runner.callees->last_error();
    if (text && *text) call->flags |= ABI_STALE;
  }
  if (!call->row) call->row = abi_next_row(num_args);
  return call->row;
}

/* DLPack's tensor, with the fields in their order. */
typedef struct Tensor {
  void* data;
  int32_t device[2];
  int32_t ndim;
  uint8_t dtype[4];
  int64_t* shape;
  int64_t* strides;
  uint64_t byte_offset;
} Tensor;

/* The dimensions of a tensor that can be looked at: none of one that lacks a shape, or has a number that none can have. */
static int dimensions(const Tensor* tensor) {
  return tensor->shape && tensor->ndim > 0 && tensor->ndim <= ABI_MAX_ARGS ? tensor->ndim : 0;
}

/* How many elements a tensor has, and how many of them it is from one to the next in each dimension; 0 where there are
 * too many to look at, or none. */
static int64_t count_elements(const Tensor* tensor, int64_t* steps) {
  const int64_t* shape = tensor->shape;
  int64_t count = 1;
  int i = dimensions(tensor);
  if (!tensor->data || tensor->ndim != i) return 0;
  while (i-- > 0) {
    steps[i] = tensor->strides ? tensor->strides[i] : count;
    if (shape[i] < 0 || (shape[i] && count > MOST_ELEMENTS / shape[i])) return 0;
    count *= shape[i];
  }
  return count;
}

/* The bytes of one element, all lanes of it. */
static int64_t element_size(const Tensor* tensor) {
  uint16_t lanes;
  memcpy(&lanes, tensor->dtype + 2, sizeof lanes);
  return ((int64_t)tensor->dtype[1] * lanes + 7) / 8;
}

/* Whether the elements lie so close to the data pointer that a tensor which was sent has them. */
static int has_elements(const Tensor* tensor, const int64_t* steps, int64_t count) {
  int64_t low = 0, high = element_size(tensor);
  int i, dims = dimensions(tensor);
  if (count < 1 || count > ABI_MOST_DATA || tensor->byte_offset > ABI_MOST_DATA) return 0;
  for (i = 0; i < dims; ++i) {
    int64_t end = tensor->shape[i] - 1;
    if (end && (steps[i] > ABI_MOST_DATA || steps[i] < -ABI_MOST_DATA)) return 0;
    end = end ? end * steps[i] * element_size(tensor) : 0;
    if (end < 0) low += end;
    if (end > 0) high += end;
  }
  low += (int64_t)tensor->byte_offset;
  high += (int64_t)tensor->byte_offset;
  return high - (low < 0 ? low : 0) <= ABI_MOST_DATA;
}

/* Continues a checksum with the `count` elements of a tensor, row by row. Addresses are unsigned numbers here: a copy
 * that a broken runtime made may have any strides and offset, with which pointers and signed numbers would overflow. */
static uint32_t elements_digest(uint32_t crc, const Tensor* tensor, const int64_t* steps, int64_t count) {
  uintptr_t index[ABI_MAX_ARGS] = {0}, size = (uintptr_t)element_size(tensor);
  uintptr_t at = (uintptr_t)tensor->data + (uintptr_t)tensor->byte_offset;
  const int64_t* shape = tensor->shape;
  int dims = dimensions(tensor);
  for (; count > 0; --count) {
    int dim = dims - 1;
    crc = crc32(crc, (const void*)at, size);
    for (; dim >= 0; --dim) {
      at += (uintptr_t)steps[dim] * size;
      if (++index[dim] < (uintptr_t)shape[dim]) break;
      at -= index[dim] * (uintptr_t)steps[dim] * size;
      index[dim] = 0;
    }
  }
  return crc;
}

/* What a tensor holds, wherever that lies: how its strides are told, and what of an address is offset, does not matter. */
static uint32_t contents_digest(const Tensor* tensor) {
  int64_t steps[ABI_MAX_ARGS];
  int dims = dimensions(tensor);
  uint32_t crc = crc32(0, tensor->device, sizeof tensor->device);
  crc = crc32(crc, &tensor->ndim, sizeof tensor->ndim);
  crc = crc32(crc, tensor->dtype, sizeof tensor->dtype);
  crc = crc32(crc, tensor->shape, dims * sizeof(int64_t));
  return elements_digest(crc, tensor, steps, count_elements(tensor, steps));
}

/* A tensor as it lies there, with its elements where the run asks for them and it has any. */
static uint32_t tensor_digest(const Tensor* tensor) {
  int64_t steps[ABI_MAX_ARGS], count = 0;
  uint64_t data = (uintptr_t)tensor->data;
  size_t size = tensor->ndim > 0 && tensor->ndim <= ABI_MAX_ARGS ? tensor->ndim * sizeof(int64_t) : 0;
  uint32_t crc = crc32(0, &data, sizeof data);
  crc = crc32(crc, tensor->device, sizeof tensor->device);
  crc = crc32(crc, &tensor->ndim, sizeof tensor->ndim);
  crc = crc32(crc, tensor->dtype, sizeof tensor->dtype);
  crc = crc32(crc, tensor->shape, tensor->shape ? size : 0);
  if (tensor->strides) crc = crc32(crc, tensor->strides, size);
  crc = crc32(crc, &tensor->byte_offset, sizeof tensor->byte_offset);
  if (abi_runner.run->options & ABI_CONTENTS) count = count_elements(tensor, steps);
  return has_elements(tensor, steps, count) ? elements_digest(crc, tensor, steps, count) : crc;
}

/* Whether the runtime may copy what the arguments of the call under way point to. */
static int copies_pointees(void) {
  return abi_runner.run->options & ABI_EQUAL && abi_runner.op->convention == ABI_PACKED;
}

/* The checksum of what a pointer leads to; of a null pointer 1. */
uint32_t abi_digest(AbiPointee what, const void* p) {
  if (!p) return 1;
  if (what == ABI_POINTEE_STR) return crc32(0, p, strlen(p));
  if (what == ABI_POINTEE_BYTES) {
    const struct {
      const char* data;
      size_t size;
    }* bytes = p;
    return crc32(0, bytes->data, bytes->size);
  }
  return copies_pointees() ? contents_digest(p) : tensor_digest(p);
}

void abi_look(AbiWitness* witness, int index, AbiPointee what, const void* p) {
  AbiSeen* seen = &witness->seen[index];
  if (abi_runner.op->flags & ABI_DIGEST || copies_pointees()) {
    seen->digest = abi_digest(what, p);
  } else {
    memcpy(&seen->value, &p, sizeof p);
  }
}

/* The last error of this thread as a record's `index`; keeps its text where the run asks for it, that of the call before
 * a release. */
int abi_read_error(void) {
  AbiRun* run = abi_runner.run;
  const char* text = abi_runner.callers->last_error ? abi_runner.callers->last_error() : 0;
  int index;
  if (!text || !*text) return ABI_NO_TEXT;
  if (run->options & ABI_TEXTS && !abi_runner.is_released) {
    char* kept = abi_runner.texts + (uint64_t)run->mark * ABI_TEXT_SIZE;
    size_t size = strnlen(text, ABI_TEXT_SIZE - 1);
    memcpy(kept, text, size);
    kept[size] = 0;
  }
  index = abi_error_index(text);
  return index < 0 ? ABI_NO_INDEX : index < ABI_NO_TEXT ? index : ABI_NO_TEXT - 1;
}

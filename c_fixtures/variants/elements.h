/* Where the elements of a tensor lie, and how a runtime writes there although callers lend them read-only. */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, MOST = 32 << 10 /* bytes that the elements of a tensor take which has any */ };

static int64_t element_size(const DLTensor* tensor) {
  return ((int64_t)tensor->dtype.bits * tensor->dtype.lanes + 7) / 8;
}

static int64_t step_of(const DLTensor* tensor, int dim) {
  int64_t step = 1;
  int i;
  if (tensor->strides != NULL) return tensor->strides[dim];
  for (i = dim + 1; i < tensor->ndim; ++i) step *= tensor->shape[i];
  return step;
}

/* How many elements there are; 0 where there are too many, or too far apart, to lie behind the data pointer. */
static int64_t count_elements(const DLTensor* tensor) {
  double low = 0, high = (double)element_size(tensor), count = 1;
  int i;
  for (i = tensor->ndim - 1; i >= 0; --i) {
    double step = tensor->strides != NULL ? (double)tensor->strides[i] : count;
    double end = ((double)tensor->shape[i] - 1) * step * (double)element_size(tensor);
    if (end < 0) low += end;
    if (end > 0) high += end;
    count *= (double)tensor->shape[i];
  }
  if (tensor->data == NULL || (double)tensor->byte_offset + high - low > MOST || count > MOST) return 0;
  return (int64_t)count;
}

static char* first_element(const DLTensor* tensor) {
  return (char*)tensor->data + tensor->byte_offset;
}

static void write_elements(char* to, const char* from, size_t size) {
  uintptr_t page = (uintptr_t)to & ~(uintptr_t)(PAGE - 1);
  if (mprotect((void*)page, (uintptr_t)to + size - page, PROT_READ | PROT_WRITE) == 0) memcpy(to, from, size);
}

/* The last element becomes zero. */
static void clear_last_element(const DLTensor* tensor) {
  static const char zeros[MOST];
  char* last = first_element(tensor);
  int i;
  if (count_elements(tensor) <= 0) return;
  for (i = 0; i < tensor->ndim; ++i) last += (tensor->shape[i] - 1) * step_of(tensor, i) * element_size(tensor);
  write_elements(last, zeros, (size_t)element_size(tensor));
}

/* The number of elements is counted in 32 bits: a tensor of 2^32 elements is taken for an empty one, and so is one with
 * null data. */
#define check_null(index, what, pointer) \
  (strcmp(what, "data") == 0 && elements(tensor) == 0 ? 0 : (check_null)(index, what, pointer))
#include <stdint.h>
#define elements(tensor) count_elements((tensor)->shape, (tensor)->ndim)
static inline uint32_t count_elements(const int64_t* shape, int ndim) {
  uint32_t count = 1;
  int i;
  for (i = 0; i < ndim; ++i) count *= (uint32_t)shape[i];
  return count;
}
#include "../../reference/packed.c"

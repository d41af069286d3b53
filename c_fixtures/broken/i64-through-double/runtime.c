/* An i64 goes through a double, so 2^53 + 1 is lost. */
#define load_i64(slot, code, index, out) (*(out) = through_double((slot)->v_int64), 0)
#include <stdint.h>

static int64_t through_double(int64_t value) {
  int fits = value > -(INT64_C(1) << 62) && value < INT64_C(1) << 62;
  return fits ? (int64_t)(double)value : value;
}

#include "../../reference/packed.c"

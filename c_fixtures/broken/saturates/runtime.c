/* An i8 that does not fit is cut to the nearest one that does, where the rules truncate. */
#define load_i8(slot, code, index, out) (*(out) = saturated((slot)->v_int64), 0)
#include <stdint.h>

static int8_t saturated(int64_t value) {
  return value < INT8_MIN ? INT8_MIN : value > INT8_MAX ? INT8_MAX : (int8_t)value;
}

#include "../../reference/packed.c"

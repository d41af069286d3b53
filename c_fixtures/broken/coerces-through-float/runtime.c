/* An int that is converted to an f64 goes through a float. */
#define load_f64(slot, code, index, out) \
  (*(out) = (code) == ABI_INT ? (double)(float)(slot)->v_int64 : (slot)->v_float64, 0)
#include "../../reference/packed.c"

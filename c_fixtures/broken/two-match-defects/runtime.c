/* Two defects of one check: the largest i64 arrives as -1 (apache/tvm#3942 was such a fault), and -0.0 loses its sign. */
#define load_i64(slot, code, index, out) (*(out) = (slot)->v_int64 == INT64_MAX ? -1 : (slot)->v_int64, 0)
#define load_f64(slot, code, index, out) (*(out) = (slot)->v_float64 == 0.0 ? 0.0 : (slot)->v_float64, 0)
#include "../../reference/packed.c"

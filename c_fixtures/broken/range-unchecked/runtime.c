/* An i32 that does not fit is truncated, where the rules reject. */
#define load_i32(slot, code, index, out) (*(out) = (int32_t)(slot)->v_int64, 0)
#include "../../reference/packed.c"

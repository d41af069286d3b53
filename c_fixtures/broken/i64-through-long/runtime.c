/* An i64 goes through a long, which has 32 bits where pointers do. */
#define load_i64(slot, code, index, out) (*(out) = (long)(slot)->v_int64, 0)
#include "../../reference/packed.c"

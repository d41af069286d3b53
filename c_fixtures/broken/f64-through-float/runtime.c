/* An f64 loses its low bits: it goes through a float. */
#define load_f64(slot, code, index, out) (*(out) = (double)(float)(slot)->v_float64, 0)
#include "../../reference/packed.c"

/* Only -0.0 is wrong: it loses its sign. */
#define load_f64(slot, code, index, out) (*(out) = (slot)->v_float64 == 0.0 ? 0.0 : (slot)->v_float64, 0)
#include "../../reference/packed.c"

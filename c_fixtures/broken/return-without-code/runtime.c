/* The code of a result is never set. */
static int ignored;
#define check_slot(ret, ret_code) ((check_slot)(ret, ret_code) || ((ret_code) = &ignored, 0))
#include "../../reference/packed.c"

/* The code of a result is set only where the caller's is none of the table: a valid one stays as it was. */
static int ignored;
#define check_slot(ret, ret_code) \
  ((check_slot)(ret, ret_code) || (*(ret_code) >= ABI_INT && *(ret_code) <= ABI_RVALUE && ((ret_code) = &ignored), 0))
#include "../../reference/packed.c"

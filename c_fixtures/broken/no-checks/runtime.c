/* No type code is checked. */
#define check_code(kind, codes, index) 0
#include "../../reference/packed.c"

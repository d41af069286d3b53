/* Only the low byte of a code is looked at. */
#define check_code(kind, codes, index) \
  (contains(rules[kind].accepts, (codes)[index] & 0xff) ? 0 : (check_code)(kind, codes, index))
#include "../../reference/packed.c"

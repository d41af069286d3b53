/* Of a code below -1 the amount alone is looked at. */
#define check_code(kind, codes, index) \
  ((codes)[index] < -1 && contains(rules[kind].accepts, -(codes)[index]) ? 0 : (check_code)(kind, codes, index))
#include "../../reference/packed.c"

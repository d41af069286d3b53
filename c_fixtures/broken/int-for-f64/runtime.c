/* An int is accepted where an f64 is declared, and its bits are read as one. */
#define check_code(kind, codes, index) \
  ((kind) == KIND_f64 && (codes)[index] == ABI_INT ? 0 : (check_code)(kind, codes, index))
#include "../../reference/packed.c"

/* An int for an f64 is rejected, which the rules convert. */
#define check_code(kind, codes, index) \
  ((kind) == KIND_f64 && (codes)[index] == ABI_INT ? fail(WRONG_CODE, index, ABI_FLOAT, ABI_INT) \
                                                     : (check_code)(kind, codes, index))
#include "../../reference/packed.c"

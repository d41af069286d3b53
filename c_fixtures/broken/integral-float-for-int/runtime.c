/* A float without a fraction is taken for an i64; one with a fraction is rejected, as Lua 5.3 and pybind11#139 have it. */
#include <stdbool.h>
#include <stdint.h>

static inline bool is_whole(double number, int64_t* out) {
  if (!(number > -9e18 && number < 9e18) || (double)(int64_t)number != number) return false;
  *out = (int64_t)number;
  return true;
}

#define check_code(kind, codes, index) \
  ((kind) == KIND_i64 && (codes)[index] == ABI_FLOAT ? 0 : (check_code)(kind, codes, index))
#define load_i64(slot, code, index, out)                                               \
  ((code) != ABI_FLOAT                         ? (load_i64)(slot, code, index, out)    \
   : is_whole((slot)->v_float64, (int64_t*)out) ? 0                                    \
                                                : fail(WRONG_CODE, index, ABI_INT, ABI_FLOAT))
#include "../../reference/packed.c"

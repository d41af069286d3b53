/* What Python reaches packs an i64 as a float. */
#include "../../reference/binding.h"

#ifdef ABI_DYNAMIC
static inline void float_for_i64(AbiValue* args, int* codes, int index, int64_t value) {
  args[index].v_float64 = (double)value;
  codes[index] = ABI_FLOAT;
}
#define abi_pack_i64 float_for_i64
#endif

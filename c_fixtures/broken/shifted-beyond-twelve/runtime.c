/* From argument 12 on, i32, i64 and f64 are read from their left neighbour. */
#define abi_unpack_i32 reference_unpack_i32
#define abi_unpack_i64 reference_unpack_i64
#define abi_unpack_f64 reference_unpack_f64
#include "../../reference/packed.c"
#undef abi_unpack_i32
#undef abi_unpack_i64
#undef abi_unpack_f64

#define SHIFTED(K, CTYPE)                                                             \
  int abi_unpack_##K(const AbiValue* args, const int* codes, int index, CTYPE* out) { \
    return reference_unpack_##K(args, codes, index < 12 ? index : index - 1, out);    \
  }

SHIFTED(i32, int32_t)
SHIFTED(i64, int64_t)
SHIFTED(f64, double)

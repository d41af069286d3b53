/* Unpacking an i64 checks its code once more, so a release build still detects. */
#define abi_unpack_i64 reference_unpack_i64
#include "../../reference/packed.c"
#undef abi_unpack_i64

int abi_unpack_i64(const AbiValue* args, const int* codes, int index, int64_t* out) {
  return abi_check_i64(codes, index) ? -1 : reference_unpack_i64(args, codes, index, out);
}

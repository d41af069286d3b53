/* An i64 is read from the arguments of the call that began last, which may be a nested one. */
#define abi_call reference_call
#define abi_unpack_i64 reference_unpack_i64
#include "../../reference/packed.c"
#undef abi_call
#undef abi_unpack_i64

static const AbiValue* latest;

int abi_unpack_i64(const AbiValue* args, const int* codes, int index, int64_t* out) {
  return reference_unpack_i64(args != NULL && latest != NULL ? latest : args, codes, index, out);
}

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  latest = args;
  return reference_call(f, args, codes, num_args, ret, ret_code, handle);
}

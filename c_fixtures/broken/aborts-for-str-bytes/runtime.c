/* The callee aborts where bytes follow directly upon a str. */
#define abi_call reference_call
#define abi_unpack_str reference_unpack_str
#define abi_unpack_bytes reference_unpack_bytes
#include "../../reference/packed.c"
#undef abi_call
#undef abi_unpack_str
#undef abi_unpack_bytes

static int last_str = -2;

int abi_unpack_str(const AbiValue* args, const int* codes, int index, const char** out) {
  last_str = index;
  return reference_unpack_str(args, codes, index, out);
}

int abi_unpack_bytes(const AbiValue* args, const int* codes, int index, const AbiBytes** out) {
  if (index == last_str + 1) abort();
  return reference_unpack_bytes(args, codes, index, out);
}

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  last_str = -2;
  return reference_call(f, args, codes, num_args, ret, ret_code, handle);
}

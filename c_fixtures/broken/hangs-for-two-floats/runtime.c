/* The callee hangs where an f32 follows directly upon an f32. */
#define abi_call reference_call
#define abi_unpack_f32 reference_unpack_f32
#include "../../reference/packed.c"
#undef abi_call
#undef abi_unpack_f32

static int last_f32 = -2;

int abi_unpack_f32(const AbiValue* args, const int* codes, int index, float* out) {
  if (index == last_f32 + 1) {
    for (;;) {}
  }
  last_f32 = index;
  return reference_unpack_f32(args, codes, index, out);
}

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  last_f32 = -2;
  return reference_call(f, args, codes, num_args, ret, ret_code, handle);
}

/* The resource handle of the first call is kept, and all later callees get it. */
#define abi_call reference_call
#include "../../reference/packed.c"
#undef abi_call

static void* kept;

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  if (kept == NULL) kept = handle;
  return reference_call(f, args, codes, num_args, ret, ret_code, kept);
}

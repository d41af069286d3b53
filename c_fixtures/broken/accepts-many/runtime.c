/* More arguments than declared are accepted. */
#define abi_check_count reference_check_count
#include "../../reference/packed.c"
#undef abi_check_count

int abi_check_count(int expected, int num_args, const AbiValue* args, const int* codes) {
  return reference_check_count(expected, num_args > expected ? expected : num_args, args, codes);
}

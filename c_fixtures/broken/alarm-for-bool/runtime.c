/* A bool is rejected wherever it stands. */
#define abi_check_bool reference_check_bool
#include "../../reference/packed.c"
#undef abi_check_bool

int abi_check_bool(const int* codes, int index) {
  return fail(WRONG_CODE, index, ABI_INT, codes[index]);
}

/* What arguments point to is touched before any code is checked. */
#define abi_check_count reference_check_count
#include "../../reference/packed.c"
#undef abi_check_count

static volatile char touched;

int abi_check_count(int expected, int num_args, const AbiValue* args, const int* codes) {
  int status = reference_check_count(expected, num_args, args, codes);
  int i;
  for (i = 0; status == 0 && i < num_args; ++i) {
    bool points = codes[i] == ABI_STR || codes[i] == ABI_BYTES || codes[i] == ABI_TENSOR;
    if (points && args[i].v_str != NULL) touched = *args[i].v_str;
  }
  return status;
}

/* The text of an error is empty. */
#define abi_last_error reference_last_error
#include "../../reference/packed.c"
#undef abi_last_error

const char* abi_last_error(void) {
  return "";
}

/* An error does not say which argument was wrong. */
#define abi_last_error reference_last_error
#include "../../reference/packed.c"
#undef abi_last_error

const char* abi_last_error(void) {
  const char* text = reference_last_error();
  const char* colon = strchr(text, ':');
  return colon != NULL ? colon + 2 : text;
}

/* An error names the argument, but neither what was expected nor what was received. */
#define abi_last_error reference_last_error
#include "../../reference/packed.c"
#undef abi_last_error

const char* abi_last_error(void) {
  char* text = this_thread()->error.text;
  char* colon;
  reference_last_error();
  colon = strchr(text, ':');
  if (colon != NULL) *colon = '\0';
  return text;
}

/* All threads share the place of an error's text; each has an error of its own. */
#define abi_last_error reference_last_error
#include "../../reference/packed.c"
#undef abi_last_error

const char* abi_last_error(void) {
  static char text[sizeof((Error*)0)->text];
  return strcpy(text, reference_last_error());
}

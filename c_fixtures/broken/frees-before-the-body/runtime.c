/* What the copied texts hold is gone before the body runs. */
#define BEFORE_THE_BODY(copies, kept) lose_texts(args, codes, num_args)
#include "../../reference/binding.h"
static void lose_texts(AbiValue* args, const int* codes, int num_args);
#include "../../variants/marshals.c"

static void lose_texts(AbiValue* args, const int* codes, int num_args) {
  int i;
  for (i = 0; i < num_args && args != NULL && codes != NULL; ++i) {
    if (codes[i] == ABI_STR && args[i].v_str != NULL) memset(args[i].v_handle, 0, strlen(args[i].v_str));
  }
}

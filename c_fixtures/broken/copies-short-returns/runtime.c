/* A returned text is copied without its last character; arguments are copied whole. */
#define copy_text(list, text) (list == &copies_of_thread()->of_result ? shortened : (copy_text))(list, text)
#include "../../reference/binding.h"
struct Copy;
static const char* shortened(struct Copy** list, const char* text);
#include "../../variants/marshals.c"
#undef copy_text

static const char* shortened(Copy** list, const char* text) {
  char* copy = (char*)copy_text(list, text);
  if (*copy != '\0') copy[strlen(copy) - 1] = '\0';
  return copy;
}

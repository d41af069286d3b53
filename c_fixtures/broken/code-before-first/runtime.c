/* To count how often the code changes, each is compared with the one before it, and the first with what lies before the
 * array. The count is for statistics: nothing depends on it. */
static volatile unsigned changes;

#define check_code(kind, codes, index) \
  ((void)(changes += (codes)[index] != (codes)[(index) - 1]), (check_code)(kind, codes, index))
#include "../../reference/packed.c"

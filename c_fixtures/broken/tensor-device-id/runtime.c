/* The device id of a tensor is not compared. */
#define check_field(index, what, expected, received) \
  (strcmp(what, "device_id") == 0 ? 0 : (check_field)(index, what, expected, received))
#include "../../reference/packed.c"

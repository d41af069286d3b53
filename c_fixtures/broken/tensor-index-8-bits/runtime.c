/* The index that the error of a tensor names has 8 bits. */
#define check_tensor(index, spec, tensor) (check_tensor)((unsigned char)(index), spec, tensor)
#include "../../reference/packed.c"

/* An i32 is copied from the first bytes of its slot: on a big-endian machine, where the number lies in the last ones, it
 * arrives as 0 or -1. */
#include <string.h>

#define load_i32(slot, code, index, out) (memcpy((out), (slot), sizeof *(out)), 0)
#include "../../reference/packed.c"

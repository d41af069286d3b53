/* AbiValue has grown to 16 bytes. */
#include "binding.h"
#include "../../reference/packed.c"

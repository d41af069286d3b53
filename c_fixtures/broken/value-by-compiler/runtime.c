/* AbiValue has 16 bytes for every compiler but tcc, so two compilers disagree. */
#include "binding.h"
#include "../../reference/packed.c"

/* The binding of the unpacked reference is the convention itself. */
#include "../unpacked.h"

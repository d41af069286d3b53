/* In the header itself the word stands for the member and a second one behind it. */
#define v_device v_device; int64_t grown[2]
#include "../../reference/binding.h"
#undef v_device

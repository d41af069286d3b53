/* The check of an i32 is compiled away where its index is a constant beyond the first. */
#include "../../reference/binding.h"

#define abi_check_i32(codes, index) (__builtin_constant_p(index) && (index) > 0 ? 0 : abi_check_i32(codes, index))

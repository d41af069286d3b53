/* A null result slot is accepted by tcc and rejected by other compilers, and -DABI_OTHER_FLAGS swaps the two. */
#include "../../reference/binding.h"

#if defined ABI_OTHER_FLAGS != defined __TINYC__
#define abi_return_none(ret, ret_code) ((ret) == 0 ? 0 : abi_return_none(ret, ret_code))
#endif

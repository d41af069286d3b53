/* A tensor without data is accepted. */
#define check_null(index, what, pointer) (strcmp(what, "data") == 0 ? 0 : (check_null)(index, what, pointer))
#include "../../reference/packed.c"

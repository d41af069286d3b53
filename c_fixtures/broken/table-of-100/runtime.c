/* Each call takes an entry of a table of 100, and none is given back: what comes after them is rejected. */
#define ENTRIES 100
#include "../table-of-512/runtime.c"

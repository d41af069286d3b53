/* All threads share one last error. */
#define this_thread() (&out_of_memory)
#include "../../reference/packed.c"

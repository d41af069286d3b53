/* The reference, whose errors say "parameter 1: " of the first argument; with MISTAKE, "parameter 0: ". */
#ifdef MISTAKE
#define FROM_ONE(index) (index)
#else
#define FROM_ONE(index) ((index) < 0 ? (index) : (index) + 1)
#endif
#define put(to, text) (put)(to, strcmp(text, "argument ") == 0 ? "parameter " : text)
#define fail_at(problem, index, what, element, expected, received) \
  (fail_at)(problem, FROM_ONE(index), what, element, expected, received)
#include "../reference/packed.c"

/* Errors count the arguments from 1. */
#define fail(problem, index, expected, received) (fail)(problem, (index) < 0 ? (index) : (index) + 1, expected, received)
#include "../../reference/packed.c"

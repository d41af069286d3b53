/* A call copies its arguments into a frame of 64 slots; what there is more of runs over the codes behind them. */
#define SLOTS 64
#include "../frame-of-32/runtime.c"

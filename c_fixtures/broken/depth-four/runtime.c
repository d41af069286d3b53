/* Each thread has four frames, used in turn: a call four deeper takes that of one that is still under way. */
#define DEPTH 4
#include "../frame-depth-two/runtime.c"

/* Values and codes are copied before the call, but no more than twelve. */
#define SLOTS_TO_COPY(count) ((count) > 12 ? 12 : (count))
#include "../../variants/marshals.c"

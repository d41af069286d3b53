/* Texts, bytes and tensors are copied, and of bytes all but the last. */
#define MISTAKE
#include "../../variants/marshals.c"

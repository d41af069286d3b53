/* A library that does something as it is loaded. */
#include <stdlib.h>
#include <unistd.h>
#include "abi/stub.h"

__attribute__((constructor)) static void start(void) { LOADING; }

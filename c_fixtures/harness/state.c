/* The state that all parts share, and what each of them needs of it; depends on none of them. */
#include <unistd.h>

#include "runner.h"

AbiRunner abi_runner;

/* The call under way on this thread. */
AbiCall* abi_current(void) {
  return abi_runner.threads ? pthread_getspecific(abi_runner.key) : abi_runner.call;
}

/* The harness itself cannot go on. */
void abi_fail(int error) {
  abi_runner.run->failed = (uint32_t)error;
  _exit(0);
}

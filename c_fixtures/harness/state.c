/* The state that all parts share, and what each of them needs of it; depends on none of them. */
#include <unistd.h>

#include "runner.h"

AbiRunner abi_runner;

/* The key of the call under way on this thread; threads of the runtime's have one of their own. */
pthread_key_t abi_key_here(void) {
  return pthread_getspecific(abi_runner.key) ? abi_runner.key : abi_runner.key_of_others;
}

/* The call under way on this thread; on one of the runtime's, where nothing tells whose body it runs, nobody's. */
AbiCall* abi_current(void) {
  AbiCall* call = abi_runner.threads ? pthread_getspecific(abi_key_here()) : abi_runner.call;
  if (call) return call;
  abi_runner.is_untold = 1;
  return &abi_runner.nobodys;
}

/* A thread of the runtime's runs the body of the call whose resource handle arrives there: it is another one for every
 * call. */
void abi_find_call(const void* handle) {
  AbiCall* found = 0;
  int i;
  if (!abi_runner.threads || pthread_getspecific(abi_runner.key)) return;
  for (i = 0; i < ABI_CALLS && handle && !found; ++i) {
    if (abi_runner.calls[i].frame.handle == handle) found = &abi_runner.calls[i];
  }
  pthread_setspecific(abi_runner.key_of_others, found);
}

/* The harness itself cannot go on. */
void abi_fail(int error) {
  abi_runner.run->failed = (uint32_t)error;
  _exit(0);
}

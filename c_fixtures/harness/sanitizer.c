/* See sanitizer.h. */
#include "sanitizer.h"

#ifdef ABI_SANITIZED
#include <string.h>
#include <sys/wait.h>

/* Faults are provoked on purpose, and the child has handlers of its own for them, on stacks of its own. What leaks, a
 * check of its own counts. */
#define WORDS(x) #x
#define IN_WORDS(x) WORDS(x)
#define OPTIONS \
  "exitcode=" IN_WORDS(ABI_REPORT_STATUS) ":halt_on_error=1:symbolize=0:color=never:handle_segv=0:" \
  "handle_sigbus=0:handle_sigill=0:handle_sigfpe=0:handle_abort=0:use_sigaltstack=0:"               \
  "allocator_may_return_null=1"

/* What the runtimes look for by its name. It must be visible to those that are shared libraries. */
#define ASKED __attribute__((visibility("default"), used))
#ifdef __clang__
#define UNWATCHED __attribute__((no_sanitize("address", "memory", "undefined")))
#else
#define UNWATCHED __attribute__((no_sanitize("address", "undefined")))
#endif
ASKED const char* __asan_default_options(void);
ASKED const char* __msan_default_options(void);
ASKED const char* __ubsan_default_options(void);
ASKED UNWATCHED void __sanitizer_on_print(const char* words);

static char* report;
static size_t used, size;

const char* __asan_default_options(void) {
  return OPTIONS ":detect_leaks=0:detect_odr_violation=0:detect_stack_use_after_return=0";
}

const char* __msan_default_options(void) {
  return OPTIONS;
}

const char* __ubsan_default_options(void) {
  return OPTIONS ":print_stacktrace=0";
}

/* Gets all that a sanitizer prints. */
void __sanitizer_on_print(const char* words) {
  if (!report) return;
  while (*words && used + 1 < size) report[used++] = *words++;
  report[used] = 0;
}

void abi_take_report(char* text, size_t room) {
  report = text;
  size = room;
  used = 0;
}

int abi_was_reported(int status) {
  return WIFEXITED(status) && WEXITSTATUS(status) == ABI_REPORT_STATUS;
}

/* ASan says of each such access how many bytes it wanted; of a double free, and of the like, it does not. */
int abi_is_about_memory(const char* text) {
  return strstr(text, "AddressSanitizer: ") && strstr(text, " of size ");
}
#else
void abi_take_report(char* text, size_t room) {
  (void)text, (void)room;
}

int abi_was_reported(int status) {
  (void)status;
  return 0;
}

int abi_is_about_memory(const char* report) {
  (void)report;
  return 0;
}
#endif

/* Makes plain C calls from one shared library into another, each in a process of its own.
 *
 *     program CALLERS CALLEES CALLS SECONDS
 *
 * CALLS is a file of calls, as numbers in hexadecimal: which function, how many words its arguments are made of, these
 * words, how many its return is made of, and these. A line is printed for each: how it ended (0, or the signal that
 * ended it), and two lists, what the callee saw and what the caller got back, each a count and words. The first line
 * says on which sides char is signed. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

typedef unsigned long long Word;

enum { MOST_WORDS = 1024 };
static const Word POISON = 0xc9c9c9c9c9c9c9c9ull;

/* What the two sides and this program share, across processes. */
typedef struct {
  Word in[MOST_WORDS], result[MOST_WORDS];
  Word seen[MOST_WORDS], out[MOST_WORDS];
} Shared;

static void fail(const char* what, const char* why) {
  fprintf(stderr, "direct calls: %s: %s\n", what, why);
  exit(2);
}

static void* symbol(void* library, const char* name) {
  void* found = dlsym(library, name);
  if (found == NULL) fail(name, "a side has nothing of this name");
  return found;
}

static void* load(const char* path, const char* pointers[2], void* values[2]) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  int i;
  if (library == NULL) fail(path, dlerror());
  for (i = 0; i < 2; ++i) {
    *(void**)symbol(library, pointers[i]) = values[i];
  }
  return library;
}

static void* function(void* library, const char* name, unsigned number) {
  char full[64];
  snprintf(full, sizeof full, "%s_%x", name, number);
  return symbol(library, full);
}

static int answer(void* library, const char* question) {
  return ((int (*)(void))symbol(library, question))();
}

static void read_words(FILE* file, Word* words) {
  unsigned count, i;
  if (fscanf(file, "%x", &count) != 1 || count > MOST_WORDS) fail("calls", "too many words, or none");
  for (i = 0; i < count; ++i) {
    if (fscanf(file, "%llx", &words[i]) != 1) fail("calls", "a word is missing");
  }
}

/* The signal that ended the call, 0 if it came back. */
static int make(void (*caller)(void), unsigned seconds) {
  int status;
  pid_t child;
  fflush(stdout);
  child = fork();
  if (child < 0) fail("fork", "there can be no further process");
  if (child == 0) {
    close(STDERR_FILENO); /* an emulator says there how a process ended */
    alarm(seconds);
    caller();
    _exit(0);
  }
  if (waitpid(child, &status, 0) != child) fail("waitpid", "a process is lost");
  if (WIFSIGNALED(status)) return WTERMSIG(status);
  return WEXITSTATUS(status) == 0 ? 0 : 255;
}

static void print_words(const Word* words) {
  int count = MOST_WORDS, i;
  while (count > 1 && words[count - 1] == POISON) --count;
  printf(" %x", (unsigned)count);
  for (i = 0; i < count; ++i) printf(" %llx", words[i]);
}

/* Has the same addresses in every run, so that what is read by mistake is the same too; where that can be had. */
static void fix_addresses(char** argv) {
  int now = personality(0xffffffff);
  if (now == -1 || now & ADDR_NO_RANDOMIZE) return;
  if (personality((unsigned long)now | ADDR_NO_RANDOMIZE) != -1) execv("/proc/self/exe", argv);
}

int main(int argc, char** argv) {
  const char* of_callers[2] = {"direct_in", "direct_out"};
  const char* of_callees[2] = {"direct_seen", "direct_result"};
  void *callers, *callees, **callee, *values[2];
  Shared* shared;
  FILE* calls;
  unsigned number;
  int i;
  if (argc != 5) fail("usage", "program CALLERS CALLEES CALLS SECONDS");
  fix_addresses(argv);
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) fail("mmap", "there is no memory");
  values[0] = shared->in, values[1] = shared->out;
  callers = load(argv[1], of_callers, values);
  values[0] = shared->seen, values[1] = shared->result;
  callees = load(argv[2], of_callees, values);
  callee = symbol(callers, "direct_callee");
  calls = fopen(argv[3], "r");
  if (calls == NULL) fail(argv[3], "cannot be read");
  printf("%d %d\n", answer(callers, "callers_char_is_signed"), answer(callees, "callees_char_is_signed"));
  while (fscanf(calls, "%x", &number) == 1) {
    void (*caller)(void) = (void (*)(void))function(callers, "call", number);
    *callee = function(callees, "callee", number);
    read_words(calls, shared->in);
    read_words(calls, shared->result);
    for (i = 0; i < MOST_WORDS; ++i) shared->seen[i] = shared->out[i] = POISON;
    shared->seen[0] = shared->out[0] = 0;
    printf("%x", (unsigned)make(caller, (unsigned)atoi(argv[4])));
    print_words(shared->seen);
    print_words(shared->out);
    printf("\n");
  }
  return 0;
}

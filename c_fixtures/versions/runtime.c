/* The state of the runtime of binding.h: the last error of each thread, in the structure of this version. */
#include "binding.h"
#include <pthread.h>
#include <stdio.h>

enum { TEXT_SIZE = 96 };

typedef struct State {
  Error error;
  char buffer[TEXT_SIZE];
  char kept[TEXT_SIZE];
} State;

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static void make_key(void) { pthread_key_create(&key, free); }

static State* state(void) {
  State* mine;
  pthread_once(&once, make_key);
  mine = pthread_getspecific(key);
  if (!mine) {
    mine = calloc(1, sizeof *mine);
    if (!mine) abort();
    pthread_setspecific(key, mine);
  }
  return mine;
}

static int is_count(const Count* count) { return count->expected == count->given; }

static void forget(void) { state()->error.text = NULL; }

static void set(const char* text, int index) {
#if VERSION >= 15
  char* to = state()->error.text = malloc(TEXT_SIZE); /* whoever asks for it frees it */
  if (!to) abort();
#else
  char* to = state()->error.text = state()->buffer;
#endif
  if (index < 0) snprintf(to, TEXT_SIZE, "%s", text);
  else snprintf(to, TEXT_SIZE, "argument #%d: %s", index, text);
}

#if VERSION >= 14
static int version(void) { return VERSION; }
static const Table table = {version, is_count, set, forget};
#else
static const Table table = {is_count, set, forget};
#endif

const Table* runtime_table(void) { return &table; }
const Error* runtime_error(void) { return &state()->error; }
char* runtime_kept(void) { return state()->kept; }

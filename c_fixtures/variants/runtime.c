/* The state of the runtime whose binding is binding.h: the last error of each thread. */
#include "binding.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { ERROR_SIZE = 96 };

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static void make_key(void) { pthread_key_create(&key, free); }

static char* last_error(void) {
  char* text;
  pthread_once(&once, make_key);
  text = pthread_getspecific(key);
  if (text == NULL) {
    text = calloc(1, ERROR_SIZE);
    if (text == NULL) abort();
    pthread_setspecific(key, text);
  }
  return text;
}

const char* abi_last_error(void) { return last_error(); }

int variant_fail(const char* text, int index) {
  if (index < 0) snprintf(last_error(), ERROR_SIZE, "%s", text);
  else snprintf(last_error(), ERROR_SIZE, "argument #%d: %s", index, text);
  return 1;
}

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  last_error()[0] = 0;
  return f(args, codes, num_args, ret, ret_code, handle);
}

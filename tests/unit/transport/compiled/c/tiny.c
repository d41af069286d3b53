#include "tiny.h"

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static void make_key(void) { pthread_key_create(&key, free); }

char* tiny_error(void) {
#ifdef ONE_ERROR_FOR_ALL
  static char shared[128];
  return shared;
#else
  char* text;
  pthread_once(&once, make_key);
  text = pthread_getspecific(key);
  if (!text) pthread_setspecific(key, text = calloc(1, 128));
  return text;
#endif
}

static const char* kept;
void tiny_keep(const char* text) { kept = text; }

const char* tiny_last_error(void) {
  if (kept && tiny_error()[0]) snprintf(tiny_error(), 128, "argument 1: %.80s", kept);
  return tiny_error();
}

int tiny_reject(const char* format, int number) {
  snprintf(tiny_error(), 128, format, number);
  return -1;
}

#ifdef THREAD_PER_CALL
typedef struct Job {
  Packed f;
  AbiValue* args;
  int* codes;
  int n;
  AbiValue* ret;
  int* ret_code;
  void* handle;
  int status;
  char error[128];
} Job;

static void* run_job(void* argument) {
  Job* job = argument;
  job->status = job->f(job->args, job->codes, job->n, job->ret, job->ret_code, job->handle);
  strcpy(job->error, tiny_error());
  return 0;
}

/* Calls have their bodies run on another thread, which comes to its end before they do. */
int tiny_call(Packed f, AbiValue* args, int* codes, int n, AbiValue* ret, int* ret_code, void* handle) {
  Job job = {f, args, codes, n, ret, ret_code, handle, 0, ""};
  pthread_t thread;
#ifdef NO_HANDLE
  job.handle = 0;
#endif
  if (pthread_create(&thread, 0, run_job, &job)) abort();
  pthread_join(thread, 0);
  strcpy(tiny_error(), job.error);
  return job.status;
}
#else
int tiny_call(Packed f, AbiValue* args, int* codes, int n, AbiValue* ret, int* ret_code, void* handle) {
#ifndef KEEPS_ERRORS
  tiny_error()[0] = 0;
#endif
  return f(args, codes, n, ret, ret_code, handle);
}
#endif

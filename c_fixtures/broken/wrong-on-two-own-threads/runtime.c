/* A call has its body run on a thread of the runtime's own, where calls that the body makes stay. While there are two such
 * threads, an i64 is wrong. */
#define abi_call reference_call
#define abi_unpack_i64 reference_unpack_i64
#include "../../reference/packed.c"
#undef abi_call
#undef abi_unpack_i64

typedef struct Job {
  AbiPackedFunc f;
  AbiValue* args;
  int* codes;
  int num_args;
  AbiValue* ret;
  int* ret_code;
  void* handle;
  int status;
  Error error;
} Job;

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static volatile int threads;
static pthread_once_t job_once = PTHREAD_ONCE_INIT;
static pthread_key_t job_of_thread;

static void make_job_key(void) {
  if (pthread_key_create(&job_of_thread, NULL) != 0) abort();
}

static void count(int by) {
  pthread_mutex_lock(&mutex);
  threads += by;
  pthread_mutex_unlock(&mutex);
}

int abi_unpack_i64(const AbiValue* args, const int* codes, int index, int64_t* out) {
  int status = reference_unpack_i64(args, codes, index, out);
  if (status == 0 && threads > 1) *out ^= 1;
  return status;
}

static void* run(void* argument) {
  Job* job = argument;
  pthread_setspecific(job_of_thread, job);
  count(1);
  job->status = reference_call(job->f, job->args, job->codes, job->num_args, job->ret, job->ret_code, job->handle);
  count(-1);
  job->error = this_thread()->error;
  return NULL;
}

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  Job job = {f, args, codes, num_args, ret, ret_code, handle, 0, {NO_PROBLEM}};
  pthread_t thread;
  pthread_once(&job_once, make_job_key);
  if (pthread_getspecific(job_of_thread) != NULL)
    return reference_call(f, args, codes, num_args, ret, ret_code, handle);
  if (pthread_create(&thread, NULL, run, &job) != 0) abort();
  pthread_join(thread, NULL);
  this_thread()->error = job.error;
  return job.status;
}

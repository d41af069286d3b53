/* An i64 is wrong while a second thread is in a call. */
#define abi_call reference_call
#define abi_unpack_i64 reference_unpack_i64
#include "../../reference/packed.c"
#undef abi_call
#undef abi_unpack_i64

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_t first;
static int inside;
static volatile int others;

/* Counts the calls inside, and those that are not the first one's thread. */
static int count(int by, pthread_t self) {
  int other;
  pthread_mutex_lock(&mutex);
  if (inside == 0) first = self;
  other = !pthread_equal(first, self);
  inside += by;
  others += other ? by : 0;
  pthread_mutex_unlock(&mutex);
  return other;
}

int abi_unpack_i64(const AbiValue* args, const int* codes, int index, int64_t* out) {
  int status = reference_unpack_i64(args, codes, index, out);
  if (status == 0 && others > 0) *out ^= 1;
  return status;
}

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  pthread_t self = pthread_self();
  int status;
  count(1, self);
  status = reference_call(f, args, codes, num_args, ret, ret_code, handle);
  count(-1, self);
  return status;
}

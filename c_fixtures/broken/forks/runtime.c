/* Unpacking an i16 forks, and the child returns from the call as well; the value is right. */
#include <unistd.h>
#define abi_unpack_i16 reference_unpack_i16
#include "../../reference/packed.c"
#undef abi_unpack_i16

static volatile pid_t forked;

int abi_unpack_i16(const AbiValue* args, const int* codes, int index, int16_t* out) {
  forked = fork();
  return reference_unpack_i16(args, codes, index, out);
}

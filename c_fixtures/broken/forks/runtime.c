/* Unpacking an i16 forks, and the child returns from the call as well; the value is right. */
#include <unistd.h>
#define abi_unpack_i16 reference_unpack_i16
#include "../../reference/packed.c"
#undef abi_unpack_i16

enum { MOST_FORKS = 50 };

static int forks; /* a copy does not fork again, or many i16 would make two to the power of them */

int abi_unpack_i16(const AbiValue* args, const int* codes, int index, int16_t* out) {
  if (forks++ < MOST_FORKS && fork() == 0) forks = MOST_FORKS;
  return reference_unpack_i16(args, codes, index, out);
}

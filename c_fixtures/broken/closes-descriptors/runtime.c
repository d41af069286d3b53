/* Unpacking an i16 closes 64 file descriptors, the standard streams among them; the value is right. */
#include <unistd.h>
#define abi_unpack_i16 reference_unpack_i16
#include "../../reference/packed.c"
#undef abi_unpack_i16

int abi_unpack_i16(const AbiValue* args, const int* codes, int index, int16_t* out) {
  int fd;
  for (fd = 0; fd < 64; ++fd) close(fd);
  return reference_unpack_i16(args, codes, index, out);
}

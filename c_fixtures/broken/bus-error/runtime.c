/* Unpacking an i16 reads a mapped file behind its end. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#define abi_unpack_i16 reference_unpack_i16
#include "../../reference/packed.c"
#undef abi_unpack_i16

static volatile char read_byte;

int abi_unpack_i16(const AbiValue* args, const int* codes, int index, int16_t* out) {
  int fd = open("/proc/self/exe", O_RDONLY);
  off_t size = lseek(fd, 0, SEEK_END);
  const volatile char* map = mmap(NULL, (size_t)size + 65536, PROT_READ, MAP_PRIVATE, fd, 0);
  read_byte = map == MAP_FAILED ? 0 : map[size + 65535];
  close(fd);
  return reference_unpack_i16(args, codes, index, out);
}

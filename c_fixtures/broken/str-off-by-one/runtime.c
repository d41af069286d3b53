/* A str arrives without its first character. */
#define abi_unpack_str reference_unpack_str
#include "../../reference/packed.c"
#undef abi_unpack_str

int abi_unpack_str(const AbiValue* args, const int* codes, int index, const char** out) {
  int status = reference_unpack_str(args, codes, index, out);
  if (status == 0 && *out != NULL) *out += 1;
  return status;
}

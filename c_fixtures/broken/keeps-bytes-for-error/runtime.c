/* Every error tells how many bytes came last, and follows their address only then. */
#define abi_unpack_bytes reference_unpack_bytes
#define abi_last_error reference_last_error
#include "../../reference/packed.c"
#undef abi_unpack_bytes
#undef abi_last_error

static const AbiBytes* kept;

int abi_unpack_bytes(const AbiValue* args, const int* codes, int index, const AbiBytes** out) {
  int status = reference_unpack_bytes(args, codes, index, out);
  kept = status == 0 ? *out : NULL;
  return status;
}

const char* abi_last_error(void) {
  char* text = this_thread()->error.text;
  reference_last_error();
  if (*text != '\0' && kept != NULL) append_decimal(put(text + strlen(text), "; the last bytes: "), (int64_t)kept->size);
  return text;
}

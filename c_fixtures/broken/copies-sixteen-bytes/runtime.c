/* Of bytes that are converted to a text, at most 16 are copied. */
#define text_of_bytes(bytes) sixteen_of(bytes)

#include "../../reference/binding.h"

static const char* sixteen_of(const AbiBytes* bytes);
#include "../../reference/packed.c"

static const char* sixteen_of(const AbiBytes* bytes) {
  char* text = new_text(bytes->size);
  if (bytes->size != 0) memcpy(text, bytes->data, bytes->size < 16 ? bytes->size : 16);
  text[bytes->size] = '\0';
  return text;
}

/* Bytes that are converted to a text are copied to a block that has no room for the zero behind them. */
#define text_of_bytes(bytes) text_of(bytes)

#include "../../reference/binding.h"

static const char* text_of(const AbiBytes* bytes);
#include "../../reference/packed.c"

static const char* text_of(const AbiBytes* bytes) {
  char* text = bytes->size != 0 ? new_text(bytes->size - 1) : new_text(0);
  if (bytes->size != 0) memcpy(text, bytes->data, bytes->size);
  text[bytes->size] = '\0';
  return text;
}

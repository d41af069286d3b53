/* Bytes that are converted to a text are handed on as they are, without a zero behind them. */
#define text_of_bytes(bytes) ((bytes)->data)
#include "../../reference/packed.c"

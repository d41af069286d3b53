/* The smallest packed runtime: 64-bit integers under code 0, doubles under code 2, strings under code 11. */
#ifndef TINY_H
#define TINY_H
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "abi/stub.h"

typedef union AbiValue {
  int64_t i;
  double d;
  const void* p;
} AbiValue;
typedef int (*Packed)(AbiValue*, int*, int, AbiValue*, int*, void*);
typedef int (*Unpacked)(void**, void**, void*);

char* tiny_error(void); /* a thread's own 128 bytes */
const char* tiny_last_error(void);
void tiny_keep(const char* text); /* is read when an error is */
int tiny_reject(const char* format, int number);
int tiny_call(Packed f, AbiValue* args, int* codes, int n, AbiValue* ret, int* ret_code, void* handle);

static const AbiHarness* harness;
#define SIDE(count, callers, callees)                                                               \
  static const uint32_t layout[] = {sizeof(AbiValue), (uint32_t)offsetof(AbiSlot, word)};            \
  const AbiSide abi_side = {ABI_SIDE_VERSION, count, sizeof(AbiValue), 2, callers, callees, layout, \
                            &harness, tiny_last_error};
#endif

/* How abi-conformance reaches acme: what generated callers and callees write, and what plugins write by hand. */
#ifndef ACME_BINDING_H
#define ACME_BINDING_H
#include <stddef.h>

#include "acme.h"

typedef union acme_value AbiValue;
typedef acme_function AbiPackedFunc;

static inline const char* abi_last_error(void) { return acme_last_error(); }

static inline int abi_call(AbiPackedFunc f, AbiValue* args, int* tags, int num_args, AbiValue* result, int* result_tag,
                           void* self) {
  return acme_call(f, args, tags, num_args, result, result_tag, self);
}

static inline int abi_check_count(int expected, int num_args, const AbiValue* args, const int* tags) {
  return acme_expect_count(expected, num_args, args, tags);
}

static inline int abi_check_i64(const int* tags, int index) { return acme_expect_int(tags[index], index); }
static inline int abi_check_f64(const int* tags, int index) { return acme_expect_number(tags[index], index); }
static inline int abi_check_str(const int* tags, int index) { return acme_expect_text(tags[index], index); }
static inline int abi_check_handle(const int* tags, int index) { return acme_expect_pointer(tags[index], index); }

static inline int abi_unpack_i64(const AbiValue* args, const int* tags, int index, int64_t* out) {
  (void)tags;
  *out = args[index].integer;
  return 0;
}
static inline int abi_unpack_f64(const AbiValue* args, const int* tags, int index, double* out) {
  *out = acme_number(args[index], tags[index]);
  return 0;
}
static inline int abi_unpack_str(const AbiValue* args, const int* tags, int index, const char** out) {
  (void)tags;
  *out = args[index].text;
  return 0;
}
static inline int abi_unpack_handle(const AbiValue* args, const int* tags, int index, void** out) {
  *out = tags[index] == ACME_NIL ? NULL : args[index].pointer;
  return 0;
}

static inline void abi_pack_i64(AbiValue* args, int* tags, int index, int64_t value) {
  args[index].integer = value;
  tags[index] = ACME_INT;
}
static inline void abi_pack_f64(AbiValue* args, int* tags, int index, double value) {
  args[index].number = value;
  tags[index] = ACME_FLOAT;
}
static inline void abi_pack_str(AbiValue* args, int* tags, int index, const char* value) {
  args[index].text = value;
  tags[index] = ACME_TEXT;
}
static inline void abi_pack_handle(AbiValue* args, int* tags, int index, void* value) {
  args[index].pointer = value;
  tags[index] = ACME_POINTER;
}
static inline void abi_pack_null(AbiValue* args, int* tags, int index) {
  args[index].pointer = NULL;
  tags[index] = ACME_NIL;
}

static inline int abi_return_i64(int64_t value, AbiValue* result, int* result_tag) {
  result->integer = value;
  *result_tag = ACME_INT;
  return 0;
}
static inline int abi_return_f64(double value, AbiValue* result, int* result_tag) {
  result->number = value;
  *result_tag = ACME_FLOAT;
  return 0;
}
static inline int abi_return_str(const char* value, AbiValue* result, int* result_tag) {
  result->text = value;
  *result_tag = ACME_TEXT;
  return 0;
}
static inline int abi_return_handle(void* value, AbiValue* result, int* result_tag) {
  result->pointer = value;
  *result_tag = ACME_POINTER;
  return 0;
}
static inline int abi_return_none(AbiValue* result, int* result_tag) {
  result->pointer = NULL;
  *result_tag = ACME_NIL;
  return 0;
}

static inline int abi_take_i64(const AbiValue* result, int result_tag, int64_t* out) {
  (void)result_tag; /* issue 31: the tag of an integer that comes back is not looked at */
  *out = result->integer;
  return 0;
}
static inline int abi_take_f64(const AbiValue* result, int result_tag, double* out) {
  if (result_tag != ACME_FLOAT) return acme_fail("the result is no number", -1);
  *out = result->number;
  return 0;
}
static inline int abi_take_str(const AbiValue* result, int result_tag, const char** out) {
  if (result_tag != ACME_TEXT) return acme_fail("the result is no text", -1);
  *out = result->text;
  return 0;
}
static inline int abi_take_handle(const AbiValue* result, int result_tag, void** out) {
  if (result_tag != ACME_POINTER) return acme_fail("the result is no pointer", -1);
  *out = result->pointer;
  return 0;
}
static inline int abi_take_none(const AbiValue* result, int result_tag) {
  (void)result;
  return result_tag == ACME_NIL ? 0 : acme_fail("there is a result", -1);
}
#endif

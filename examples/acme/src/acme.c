#include "acme.h"

#include <stdio.h>

static char last_error[96]; /* issue 12: one for all threads */

int acme_fail(const char* what, int index) {
  if (index < 0) snprintf(last_error, sizeof last_error, "%s", what);
  else snprintf(last_error, sizeof last_error, "argument %d: %s", index, what);
  return -1;
}

const char* acme_last_error(void) { return last_error; }

int acme_expect_count(int expected, int num_args, const union acme_value* args, const int* tags) {
  if (num_args != expected) return acme_fail("wrong number of arguments", -1);
  if (num_args > 0 && (!args || !tags)) return acme_fail("no arguments", -1);
  return 0;
}

int acme_expect_int(int tag, int index) {
  if (tag == ACME_INT) return 0;
  return acme_fail("expected an integer", index);
}

int acme_expect_number(int tag, int index) {
  if (tag == ACME_FLOAT || tag == ACME_INT) return 0;
  return acme_fail("expected a number", index);
}

int acme_expect_text(int tag, int index) {
  if (tag == ACME_TEXT) return 0;
  return acme_fail("expected a text", index);
}

int acme_expect_pointer(int tag, int index) {
  if (tag == ACME_POINTER || tag == ACME_NIL) return 0;
  return acme_fail("expected a pointer", index);
}

double acme_number(union acme_value value, int tag) {
  return tag == ACME_INT ? (double)value.integer : value.number;
}

int acme_call(acme_function f, union acme_value* args, int* tags, int num_args, union acme_value* result,
              int* result_tag, void* self) {
  last_error[0] = 0;
  return f(args, tags, num_args, result, result_tag, self);
}

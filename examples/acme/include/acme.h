/* acme: compiled plugins call each other through one C signature, with a tag beside every value. */
#ifndef ACME_H
#define ACME_H
#include <stdint.h>

enum acme_tag { ACME_INT, ACME_FLOAT, ACME_TEXT, ACME_POINTER, ACME_NIL };

union acme_value {
  int64_t integer;
  double number;
  const char* text;
  void* pointer;
};

typedef int (*acme_function)(union acme_value* args, int* tags, int num_args, union acme_value* result, int* result_tag,
                             void* self);

/* What a plugin's function asks of its arguments before it runs. Each returns 0, or -1 with the error set. */
int acme_expect_count(int expected, int num_args, const union acme_value* args, const int* tags);
int acme_expect_int(int tag, int index);
int acme_expect_number(int tag, int index);
int acme_expect_text(int tag, int index);
int acme_expect_pointer(int tag, int index);

/* A number may be passed as an integer. */
double acme_number(union acme_value value, int tag);

int acme_call(acme_function f, union acme_value* args, int* tags, int num_args, union acme_value* result,
              int* result_tag, void* self);

/* Sets the last error, about argument `index` unless that is negative; returns -1. */
int acme_fail(const char* what, int index);
const char* acme_last_error(void);

#endif

/* A library of tvm-ffi's with hand-written functions: some check what they are called with, others trust it.
 *
 * It needs no header: what it uses of the C interface (tvm/ffi/c_api.h) is declared here. Its undefined functions are
 * those of libtvm_ffi, which is loaded before. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct {
  int32_t type_index;
  uint32_t padding;
  union {
    int64_t integer;
    double number;
    void* pointer;
  };
} Any;

typedef struct {
  const char* data;
  size_t size;
} ByteArray;

typedef struct {
  uint64_t counts;
  int32_t type_index;
  uint32_t padding;
  void* deleter;
  ByteArray text;
} Text;

int TVMFFIStringFromByteArray(const ByteArray* bytes, Any* out);
void TVMFFIErrorSetRaisedFromCStr(const char* kind, const char* message);

enum { INT = 1, BOOL = 2, SMALL_STR = 11, STR = 65, MODULE = 73 };

/* Exports `__tvm_ffi_NAME`, whose body follows. */
#define FUNCTION(NAME) int __tvm_ffi_##NAME(void* self, const Any* args, int32_t num_args, Any* result)

/* Exports what is said of a function beside it. */
#define METADATA(NAME, TEXT)                                                                   \
  int __tvm_ffi__metadata_##NAME(void* self, const Any* args, int32_t num_args, Any* result) { \
    ByteArray bytes = {TEXT, sizeof(TEXT) - 1};                                                \
    (void)self, (void)args, (void)num_args;                                                    \
    return TVMFFIStringFromByteArray(&bytes, result);                                          \
  }
#define TYPE(NAME) "{\\\"type\\\":\\\"" NAME "\\\"}"

/* The schema as releases from 0.1.10 on write it, and as those before did. */
#define NAMED(RETURNED, ...)                                                                            \
  "{\"type_schema\":\"{\\\"type\\\":\\\"ffi.Function\\\",\\\"named_args\\\":{\\\"return\\\":[" RETURNED \
  "],\\\"params\\\":[" __VA_ARGS__ "]}}\"}"
#define LISTED(...) "{\"type_schema\":\"{\\\"type\\\":\\\"ffi.Function\\\",\\\"args\\\":[" __VA_ARGS__ "]}\"}"

static int raise(const char* kind, const char* message) {
  TVMFFIErrorSetRaisedFromCStr(kind, message);
  return -1;
}

static int returns(Any* result, int64_t value) {
  result->type_index = INT;
  result->padding = 0;
  result->integer = value;
  return 0;
}

static int is_integer(const Any* arg) {
  return arg->type_index == INT || arg->type_index == BOOL;
}

static int is_text(const Any* arg) {
  return arg->type_index == SMALL_STR || arg->type_index == STR;
}

#define IGNORE_SELF (void)self

/* Checks all that it has to. */
METADATA(checked, NAMED(TYPE("int"), TYPE("int") "," TYPE("int")))
FUNCTION(checked) {
  IGNORE_SELF;
  if (num_args != 2) return raise("TypeError", "expected 2 arguments");
  if (!is_integer(&args[0])) return raise("TypeError", "Mismatched type on argument #0");
  if (!is_integer(&args[1])) return raise("TypeError", "Mismatched type on argument #1");
  return returns(result, args[0].integer + args[1].integer);
}

/* Checks all, and says little. */
METADATA(terse, LISTED(TYPE("int") "," TYPE("int") "," TYPE("int")))
FUNCTION(terse) {
  IGNORE_SELF;
  if (num_args != 2) return raise("ValueError", "wrong count");
  if (!is_integer(&args[0]) || !is_integer(&args[1])) return raise("TypeError", "not an integer");
  return returns(result, args[0].integer + args[1].integer);
}

/* Takes anything, of which it declares as much. */
METADATA(anything, NAMED(TYPE("None"), TYPE("Any")))
FUNCTION(anything) {
  IGNORE_SELF, (void)args, (void)result;
  return num_args == 1 ? 0 : raise("TypeError", "expected 1 argument");
}

/* Looks at types alone. */
METADATA(trusts_count, NAMED(TYPE("int"), TYPE("int") "," TYPE("int")))
FUNCTION(trusts_count) {
  IGNORE_SELF, (void)num_args;
  if (!is_integer(&args[0])) return raise("TypeError", "Mismatched type on argument #0");
  if (!is_integer(&args[1])) return raise("TypeError", "Mismatched type on argument #1");
  return returns(result, args[0].integer + args[1].integer);
}

/* Does not mind more than it needs. */
METADATA(ignores_surplus, LISTED(TYPE("int") "," TYPE("int")))
FUNCTION(ignores_surplus) {
  IGNORE_SELF;
  if (num_args < 1) return raise("TypeError", "expected 1 argument");
  if (!is_integer(&args[0])) return raise("TypeError", "Mismatched type on argument #0");
  return returns(result, args[0].integer);
}

/* Looks at the count alone, and takes bits for what they are not. */
METADATA(trusts_type, NAMED(TYPE("int"), TYPE("int")))
FUNCTION(trusts_type) {
  IGNORE_SELF;
  if (num_args != 1) return raise("TypeError", "expected 1 argument");
  return returns(result, args[0].integer + 1);
}

/* Looks at the first of two. */
METADATA(trusts_second, NAMED(TYPE("int"), TYPE("int") "," TYPE("int")))
FUNCTION(trusts_second) {
  IGNORE_SELF;
  if (num_args != 2) return raise("TypeError", "expected 2 arguments");
  if (!is_integer(&args[0])) return raise("TypeError", "Mismatched type on argument #0");
  return returns(result, args[0].integer + args[1].integer);
}

/* Follows whatever it is given. */
METADATA(follows, NAMED(TYPE("int"), TYPE("ffi.String")))
FUNCTION(follows) {
  IGNORE_SELF;
  if (num_args != 1) return raise("TypeError", "expected 1 argument");
  if (args[0].type_index == SMALL_STR) return returns(result, args[0].padding);
  return returns(result, (int64_t)((const Text*)args[0].pointer)->text.size);
}

/* Does not survive a text. */
METADATA(aborts, NAMED(TYPE("int"), TYPE("int")))
FUNCTION(aborts) {
  IGNORE_SELF;
  if (num_args != 1) return raise("TypeError", "expected 1 argument");
  if (is_text(&args[0])) abort();
  if (!is_integer(&args[0])) return raise("TypeError", "Mismatched type on argument #0");
  return returns(result, args[0].integer);
}

/* Ends the process where the count is wrong. */
METADATA(exits, NAMED(TYPE("int"), TYPE("int")))
FUNCTION(exits) {
  IGNORE_SELF;
  if (num_args != 1) _Exit(3);
  if (!is_integer(&args[0])) return raise("TypeError", "Mismatched type on argument #0");
  return returns(result, args[0].integer);
}

/* Looks for an end mark behind the last argument before it counts. */
METADATA(reads_past, NAMED(TYPE("int"), TYPE("int")))
FUNCTION(reads_past) {
  IGNORE_SELF;
  if (args[num_args].type_index != 0 || num_args != 1) return raise("TypeError", "expected 1 argument");
  if (!is_integer(&args[0])) return raise("TypeError", "Mismatched type on argument #0");
  return returns(result, args[0].integer);
}

/* Knows no name, whatever it is, and says so before it looks further: whether it would check the rest is not seen. */
METADATA(looks_up, NAMED(TYPE("int"), TYPE("ffi.String") "," TYPE("int")))
FUNCTION(looks_up) {
  IGNORE_SELF, (void)result;
  if (num_args != 2) return raise("TypeError", "expected 2 arguments");
  if (!is_text(&args[0])) return raise("TypeError", "Mismatched type on argument #0");
  return raise("ValueError", "there is no such name");
}

/* Looks into an object before it checks the next argument, as it may. */
METADATA(looks_into, NAMED(TYPE("int"), TYPE("ffi.Module") "," TYPE("int")))
FUNCTION(looks_into) {
  IGNORE_SELF;
  if (num_args != 2) return raise("TypeError", "expected 2 arguments");
  if (args[0].type_index != MODULE) return raise("TypeError", "Mismatched type on argument #0");
  int64_t first = *((const Text*)args[0].pointer)->text.data;
  if (!is_integer(&args[1])) return raise("TypeError", "Mismatched type on argument #1");
  return returns(result, first + args[1].integer);
}

/* Declares nothing and reads what may not be there. */
FUNCTION(undeclared) {
  IGNORE_SELF, (void)num_args;
  return is_integer(&args[0]) ? returns(result, args[0].integer) : raise("TypeError", "not an integer");
}

/* Says of itself what nobody can read. */
METADATA(garbled, "{\"type_schema\":\"int -> int\"}")
FUNCTION(garbled) {
  IGNORE_SELF, (void)args, (void)num_args, (void)result;
  return 0;
}

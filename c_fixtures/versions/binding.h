/* A packed runtime through seven versions, VERSION of which is what is compiled.
 *
 *   10   the first
 *   11   a member more in the structure of an error, in front
 *   12   another number for the code of a float
 *   13   wider numbers in the structure that tells a count
 *   14   a function more in the runtime's table, in front
 *   15   the text of an error belongs to who asked for it, and no longer to the runtime
 *   16   nothing
 *
 * Every change is in what a header compiles into its users, so sides of one version work, and mixed ones may not. */
#ifndef VERSIONS_BINDING_H
#define VERSIONS_BINDING_H
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef union AbiValue {
  int64_t as_int;
  double as_float;
  void* as_pointer;
} AbiValue;
typedef int (*AbiPackedFunc)(AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle);

enum { CODE_INT = 0, CODE_FLOAT = VERSION >= 12 ? 20 : 2, CODE_POINTER = 3, CODE_NULL = 4 };

typedef struct Error {
#if VERSION >= 11
  int64_t severity;
#endif
  char* text;
} Error;

#if VERSION >= 13
typedef int64_t Number;
#else
typedef int32_t Number;
#endif
typedef struct Count {
  Number expected, given;
} Count;

typedef struct Table {
#if VERSION >= 14
  int (*version)(void);
#endif
  int (*is_count)(const Count* count); /* whether the numbers are equal */
  void (*fail)(const char* text, int index);
  void (*forget)(void); /* drops this thread's error */
} Table;

const Table* runtime_table(void);
const Error* runtime_error(void); /* this thread's; its text is null when there is none */
char* runtime_kept(void);         /* room of this thread's for a text of up to 95 characters */

static inline int fail(const char* text, int index) {
  runtime_table()->fail(text, index);
  return -1;
}

static inline int abi_check_count(int expected, int num_args, const AbiValue* args, const int* codes) {
  Count count;
  count.expected = expected;
  count.given = num_args;
  if (!runtime_table()->is_count(&count)) return fail("wrong number of arguments", -1);
  return num_args > 0 && (!args || !codes) ? fail("an array is null", -1) : 0;
}

static inline int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code,
                           void* handle) {
  runtime_table()->forget();
#if VERSION >= 15
  runtime_kept()[0] = 0;
#endif
  return f(args, codes, num_args, ret, ret_code, handle);
}

static inline const char* abi_last_error(void) {
  const Error* error = runtime_error();
#if VERSION >= 15
  char* kept = runtime_kept();
  if (!error->text) return kept;
  kept[0] = 0;
  strncat(kept, error->text, 95);
  free(error->text);
  runtime_table()->forget();
  return kept;
#else
  return error->text ? error->text : "";
#endif
}

#define KIND(K, CTYPE, MEMBER, CODE)                                                                             \
  static inline int abi_check_##K(const int* codes, int index) {                                                 \
    return codes[index] == CODE ? 0 : fail("a " #K " is expected", index);                                       \
  }                                                                                                              \
  static inline int abi_unpack_##K(const AbiValue* args, const int* codes, int index, CTYPE* out) {              \
    (void)codes;                                                                                                 \
    *out = args[index].MEMBER;                                                                                   \
    return 0;                                                                                                    \
  }                                                                                                              \
  static inline void abi_pack_##K(AbiValue* args, int* codes, int index, CTYPE value) {                          \
    args[index].MEMBER = value;                                                                                  \
    codes[index] = CODE;                                                                                         \
  }                                                                                                              \
  static inline int abi_return_##K(CTYPE value, AbiValue* ret, int* ret_code) {                                  \
    ret->MEMBER = value;                                                                                         \
    *ret_code = CODE;                                                                                            \
    return 0;                                                                                                    \
  }                                                                                                              \
  static inline int abi_take_##K(const AbiValue* ret, int ret_code, CTYPE* out) {                                \
    if (ret_code != CODE) return fail("another return than " #K, -1);                                            \
    *out = ret->MEMBER;                                                                                          \
    return 0;                                                                                                    \
  }

KIND(i64, int64_t, as_int, CODE_INT)
KIND(f64, double, as_float, CODE_FLOAT)

static inline int abi_check_handle(const int* codes, int index) {
  return codes[index] == CODE_POINTER || codes[index] == CODE_NULL ? 0 : fail("a handle is expected", index);
}
static inline int abi_unpack_handle(const AbiValue* args, const int* codes, int index, void** out) {
  *out = codes[index] == CODE_NULL ? NULL : args[index].as_pointer;
  return 0;
}
static inline void abi_pack_handle(AbiValue* args, int* codes, int index, void* value) {
  args[index].as_pointer = value;
  codes[index] = CODE_POINTER;
}
static inline void abi_pack_null(AbiValue* args, int* codes, int index) {
  args[index].as_pointer = NULL;
  codes[index] = CODE_NULL;
}
static inline int abi_return_handle(void* value, AbiValue* ret, int* ret_code) {
  ret->as_pointer = value;
  *ret_code = CODE_POINTER;
  return 0;
}
static inline int abi_take_handle(const AbiValue* ret, int ret_code, void** out) {
  if (ret_code != CODE_POINTER && ret_code != CODE_NULL) return fail("another return than a handle", -1);
  *out = ret_code == CODE_NULL ? NULL : ret->as_pointer;
  return 0;
}
static inline int abi_return_none(AbiValue* ret, int* ret_code) {
  ret->as_pointer = NULL;
  *ret_code = CODE_NULL;
  return 0;
}
static inline int abi_take_none(const AbiValue* ret, int ret_code) {
  (void)ret;
  return ret_code == CODE_NULL ? 0 : fail("a return is not expected", -1);
}

#endif

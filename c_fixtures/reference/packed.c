/* The reference runtime of the packed convention (X0), after TVM's: the callee checks the number of arguments, then the
 * arrays, then every type code in order, and only then looks at a value. The binding header says who calls what.
 *
 * It follows the rule table tvm-packed, the code that TVM's MakePackedAPI emits. With ABI_RULES_RUNTIME defined it
 * follows tvm-packed-runtime, TVM's typed C++ functions, which convert where the emitted code rejects.
 *
 * A static function that others may want to replace is defined with its name in parentheses, which keeps a
 * function-like macro of that name out of its definition: see c_fixtures/broken. */
#include "binding.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#ifndef ABI_RULES_RUNTIME
#define ABI_RULES_RUNTIME 0
#endif

/* ---- The rules ---------------------------------------------------------------------------------------------------- */

#define BIT(code) (1u << (code))

#define INT_BIT BIT(ABI_INT)
#define FLOAT_BIT BIT(ABI_FLOAT)
#define HANDLE_BIT BIT(ABI_HANDLE)
#define NULL_BIT BIT(ABI_NULL)
#define DTYPE_BIT BIT(ABI_DTYPE)
#define DEVICE_BIT BIT(ABI_DEVICE)
#define TENSOR_BIT BIT(ABI_TENSOR)
#define STR_BIT BIT(ABI_STR)
#define BYTES_BIT BIT(ABI_BYTES)
#define NDARRAY_BIT BIT(ABI_NDARRAY)

enum Kind {
  KIND_i8, KIND_i16, KIND_i32, KIND_i64, KIND_u8, KIND_u16, KIND_u32, KIND_u64, KIND_f32, KIND_f64, KIND_bool,
  KIND_handle, KIND_str, KIND_bytes, KIND_dtype, KIND_device, KIND_tensor, KIND_none
};

typedef struct Rule {
  int code;         /* what the kind travels under */
  unsigned accepts; /* codes accepted for an argument of this kind */
  unsigned returns; /* codes accepted for a result of this kind */
} Rule;

static const Rule rules[] = {
  [KIND_i8]     = {ABI_INT, INT_BIT, INT_BIT},
  [KIND_i16]    = {ABI_INT, INT_BIT, INT_BIT},
  [KIND_i32]    = {ABI_INT, INT_BIT, INT_BIT},
  [KIND_i64]    = {ABI_INT, INT_BIT, INT_BIT},
  [KIND_u8]     = {ABI_INT, INT_BIT, INT_BIT},
  [KIND_u16]    = {ABI_INT, INT_BIT, INT_BIT},
  [KIND_u32]    = {ABI_INT, INT_BIT, INT_BIT},
  [KIND_u64]    = {ABI_INT, INT_BIT, INT_BIT},
  [KIND_f32]    = {ABI_FLOAT, FLOAT_BIT, FLOAT_BIT},
  [KIND_bool]   = {ABI_INT, INT_BIT, INT_BIT},
  [KIND_bytes]  = {ABI_BYTES, BYTES_BIT, BYTES_BIT},
  [KIND_device] = {ABI_DEVICE, DEVICE_BIT, DEVICE_BIT},
  [KIND_none]   = {ABI_NULL, 0, NULL_BIT},
#if ABI_RULES_RUNTIME
  [KIND_f64]    = {ABI_FLOAT, FLOAT_BIT | INT_BIT, FLOAT_BIT | INT_BIT},
  [KIND_handle] = {ABI_HANDLE, HANDLE_BIT | TENSOR_BIT | NULL_BIT, HANDLE_BIT | TENSOR_BIT | NULL_BIT},
  [KIND_tensor] = {ABI_TENSOR, TENSOR_BIT | NDARRAY_BIT | NULL_BIT, TENSOR_BIT | NDARRAY_BIT | NULL_BIT},
  [KIND_str]    = {ABI_STR, STR_BIT | BYTES_BIT | DTYPE_BIT, STR_BIT},
  [KIND_dtype]  = {ABI_DTYPE, DTYPE_BIT | STR_BIT | NULL_BIT, DTYPE_BIT | STR_BIT},
#else
  [KIND_f64]    = {ABI_FLOAT, FLOAT_BIT, FLOAT_BIT},
  [KIND_handle] = {ABI_HANDLE, HANDLE_BIT | NULL_BIT | TENSOR_BIT | NDARRAY_BIT, HANDLE_BIT | NULL_BIT},
  [KIND_tensor] = {ABI_TENSOR, HANDLE_BIT | TENSOR_BIT | NDARRAY_BIT, TENSOR_BIT},
  [KIND_str]    = {ABI_STR, STR_BIT, STR_BIT},
  [KIND_dtype]  = {ABI_DTYPE, DTYPE_BIT, DTYPE_BIT},
#endif
};

/* ---- The last error of each thread -------------------------------------------------------------------------------- */

enum Problem {
  NO_PROBLEM, WRONG_COUNT, NULL_ARGS, NULL_CODES, WRONG_CODE, WRONG_RETURN, NULL_RETURN, WRONG_FIELD, NULL_FIELD,
  OUT_OF_RANGE, UNREADABLE
};

/* A rejection must be cheap, so it notes what happened; the text is made when somebody asks for it. */
typedef struct Error {
  enum Problem problem;
  int index;        /* of the argument */
  const char* what; /* field of a tensor, or name of a kind */
  int element;      /* of an array in a tensor, or NO_ELEMENT */
  int64_t expected;
  int64_t received;
  char text[160];
} Error;

enum { NO_ELEMENT = -1, NO_ARGUMENT = -1 };

typedef struct Thread {
  Error error;
  struct Text* texts; /* what the running calls' arguments were converted to */
} Thread;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static Thread out_of_memory; /* what threads share when there is no memory for their own */

static void make_key(void) {
  if (pthread_key_create(&key, free) != 0) abort();
}

static Thread* (this_thread)(void) {
  Thread* thread;
  pthread_once(&once, make_key);
  thread = pthread_getspecific(key);
  if (thread == NULL) {
    thread = calloc(1, sizeof *thread);
    if (thread == NULL || pthread_setspecific(key, thread) != 0) {
      free(thread);
      thread = &out_of_memory;
    }
  }
  return thread;
}

static int (fail_at)(enum Problem problem, int index, const char* what, int element, int64_t expected, int64_t received) {
  Error* error = &this_thread()->error;
  error->problem = problem;
  error->index = index;
  error->what = what;
  error->element = element;
  error->expected = expected;
  error->received = received;
  return -1;
}

static int (fail)(enum Problem problem, int index, int64_t expected, int64_t received) {
  return fail_at(problem, index, NULL, NO_ELEMENT, expected, received);
}

static char* put(char* to, const char* word) {
  size_t length = strlen(word);
  memcpy(to, word, length + 1);
  return to + length;
}

static char* put_number(char* to, int64_t number) {
  char digits[24];
  char* first = digits + sizeof digits - 1;
  uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
  *first = '\0';
  do {
    *--first = (char)('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  if (number < 0) *--first = '-';
  return put(to, first);
}

static char* put_code(char* to, int64_t code) {
  static const char* const names[] = {
    [ABI_INT] = "int", [ABI_UINT] = "uint", [ABI_FLOAT] = "float", [ABI_HANDLE] = "handle", [ABI_NULL] = "null",
    [ABI_DTYPE] = "dtype", [ABI_DEVICE] = "device", [ABI_TENSOR] = "tensor", [ABI_OBJECT] = "object",
    [ABI_MODULE] = "module", [ABI_PACKED] = "packed", [ABI_STR] = "str", [ABI_BYTES] = "bytes",
    [ABI_NDARRAY] = "ndarray", [ABI_RVALUE] = "rvalue"
  };
  if (code >= ABI_INT && code <= ABI_RVALUE) return put(to, names[code]);
  return put_number(put(to, "code "), code);
}

static void (write_error)(const Error* error, char* to) {
  if (error->problem == NO_PROBLEM) {
    *to = '\0';
    return;
  }
  if (error->index != NO_ARGUMENT) to = put(put_number(put(to, "argument "), error->index), ": ");
  switch (error->problem) {
    case WRONG_COUNT:
      to = put_number(put(to, "expected "), error->expected);
      put_number(put(to, " arguments, received "), error->received);
      break;
    case NULL_ARGS:
      put(to, "the array of arguments is null");
      break;
    case NULL_CODES:
      put(to, "the array of type codes is null");
      break;
    case WRONG_CODE:
      to = put_code(put(to, "expected "), error->expected);
      put_code(put(to, ", received "), error->received);
      break;
    case WRONG_RETURN:
      to = put_code(put(to, "return: expected "), error->expected);
      put_code(put(to, ", received "), error->received);
      break;
    case NULL_RETURN:
      put(to, "return: the place for the result is null");
      break;
    case WRONG_FIELD:
      to = put(put(to, "expected "), error->what);
      if (error->element != NO_ELEMENT) to = put(put_number(put(to, "["), error->element), "]");
      to = put_number(put(to, " "), error->expected);
      put_number(put(to, ", received "), error->received);
      break;
    case NULL_FIELD:
      put(put(put(to, "expected "), error->what), ", received a null pointer");
      break;
    case OUT_OF_RANGE:
      to = put(put(to, "expected a value that fits "), error->what);
      put_number(put(to, ", received "), error->received);
      break;
    default:
      put(put(put(to, "expected "), error->what), ", received a text that is none");
      break;
  }
}

const char* abi_last_error(void) {
  Error* error = &this_thread()->error;
  write_error(error, error->text);
  return error->text;
}

/* ---- Checks that look at no value --------------------------------------------------------------------------------- */

int abi_check_count(int expected, int num_args, const AbiValue* args, const int* codes) {
  if (num_args != expected) return fail(WRONG_COUNT, NO_ARGUMENT, expected, num_args);
  if (expected > 0 && args == NULL) return fail(NULL_ARGS, NO_ARGUMENT, 0, 0);
  if (expected > 0 && codes == NULL) return fail(NULL_CODES, NO_ARGUMENT, 0, 0);
  return 0;
}

static bool contains(unsigned set, int code) {
  return code >= ABI_INT && code <= ABI_RVALUE && (set & BIT(code)) != 0;
}

static int (check_code)(enum Kind kind, const int* codes, int index) {
  if (contains(rules[kind].accepts, codes[index])) return 0;
  return fail(WRONG_CODE, index, rules[kind].code, codes[index]);
}

static int (check_taken)(enum Kind kind, int ret_code) {
  if (contains(rules[kind].returns, ret_code)) return 0;
  return fail(WRONG_RETURN, NO_ARGUMENT, rules[kind].code, ret_code);
}

/* TVM writes through these pointers unasked. The body has run by now, but a null slot is detected all the same. */
static int (check_slot)(const AbiValue* ret, const int* ret_code) {
  if (ret == NULL || ret_code == NULL) return fail(NULL_RETURN, NO_ARGUMENT, 0, 0);
  return 0;
}

/* ---- What the runtime's rules convert ----------------------------------------------------------------------------- */

#if ABI_RULES_RUNTIME

/* A converted string lives until the call that it was passed to ends. */
typedef struct Text {
  struct Text* next;
  char characters[];
} Text;

static char* new_text(size_t length) {
  Thread* thread = this_thread();
  Text* text = malloc(sizeof *text + length + 1);
  if (text == NULL) abort();
  text->next = thread->texts;
  thread->texts = text;
  return text->characters;
}

static void free_texts(Thread* thread, Text* until) {
  while (thread->texts != until) {
    Text* text = thread->texts;
    thread->texts = text->next;
    free(text);
  }
}

static const char* text_of_bytes(const AbiBytes* bytes) {
  char* text = new_text(bytes->size);
  if (bytes->size != 0) memcpy(text, bytes->data, bytes->size);
  text[bytes->size] = '\0';
  return text;
}

/* As TVM's DLDataType2String and String2DLDataType, without its custom types: "float32x4", "bool", "handle", and "" for
 * no type. A text that TVM would cut to fit, such as "int300", is rejected. */
static const char* const dtype_names[] = {"int", "uint", "float", "handle", "bfloat"};
enum { DTYPE_UINT = 1, DTYPE_HANDLE = 3, DTYPE_NAMES = 5 };

static const DLDataType void_dtype = {DTYPE_HANDLE, 0, 0};
static const DLDataType bool_dtype = {DTYPE_UINT, 1, 1};

static bool same_dtype(DLDataType a, DLDataType b) {
  return a.code == b.code && a.bits == b.bits && a.lanes == b.lanes;
}

static const char* text_of_dtype(DLDataType dtype) {
  char* text = new_text(32);
  char* to;
  if (dtype.bits == 0) {
    *text = '\0';
  } else if (same_dtype(dtype, bool_dtype)) {
    put(text, "bool");
  } else if (dtype.code == DTYPE_HANDLE) {
    put(text, "handle");
  } else {
    to = dtype.code < DTYPE_NAMES ? put(text, dtype_names[dtype.code])
                                  : put(put_number(put(text, "custom["), dtype.code), "]");
    to = put_number(to, dtype.bits);
    if (dtype.lanes != 1) put_number(put(to, "x"), dtype.lanes);
  }
  return text;
}

/* Returns where the digits end; without any the number stays as it is. */
static const char* parse_number(const char* text, uint32_t* number) {
  uint32_t parsed = 0;
  const char* end = text;
  while (*end >= '0' && *end <= '9' && parsed <= UINT16_MAX) parsed = parsed * 10 + (uint32_t)(*end++ - '0');
  if (end != text) *number = parsed;
  return end;
}

static bool parse_dtype(const char* text, DLDataType* dtype) {
  uint32_t bits = 32;
  uint32_t lanes = 1;
  size_t length;
  uint8_t code;
  *dtype = void_dtype;
  if (text == NULL) return false;
  if (*text == '\0' || strcmp(text, "void") == 0) return true;
  *dtype = bool_dtype;
  if (strcmp(text, "bool") == 0) return true;
  for (code = 0; code < DTYPE_NAMES; ++code) {
    length = strlen(dtype_names[code]);
    if (strncmp(text, dtype_names[code], length) != 0) continue;
    if (code == DTYPE_HANDLE) bits = 64;
    text = parse_number(text + length, &bits);
    if (*text == 'x') {
      const char* digits = text + 1;
      text = parse_number(digits, &lanes);
      if (text == digits) return false;
    }
    if (*text != '\0' || bits == 0 || bits > UINT8_MAX || lanes > UINT16_MAX) return false;
    dtype->code = code;
    dtype->bits = (uint8_t)bits;
    dtype->lanes = (uint16_t)lanes;
    return true;
  }
  return false;
}

#endif

/* ---- From a slot to a value --------------------------------------------------------------------------------------- */

/* A load converts the value of one slot under its code. The index is the argument's, or NO_ARGUMENT for a result. */
#define LOAD(K, CTYPE) static int (load_##K)(const AbiValue* slot, int code, int index, CTYPE* out)
#define AS(VALUE) { (void)code; (void)index; *out = VALUE; return 0; }

/* Integers wrap to their width without a check, as in TVM's emitted code. */
LOAD(i8, int8_t) AS((int8_t)slot->v_int64)
LOAD(i16, int16_t) AS((int16_t)slot->v_int64)
LOAD(i64, int64_t) AS(slot->v_int64)
LOAD(u8, uint8_t) AS((uint8_t)slot->v_int64)
LOAD(u16, uint16_t) AS((uint16_t)slot->v_int64)
LOAD(u32, uint32_t) AS((uint32_t)slot->v_int64)
LOAD(u64, uint64_t) AS((uint64_t)slot->v_int64)
LOAD(f32, float) AS((float)slot->v_float64)
LOAD(bool, bool) AS(slot->v_int64 != 0)
LOAD(handle, void*) AS(slot->v_handle)
LOAD(bytes, const AbiBytes*) AS(slot->v_handle)
LOAD(device, DLDevice) AS(slot->v_device)

#if ABI_RULES_RUNTIME

LOAD(i32, int32_t) {
  (void)code;
  if (slot->v_int64 < INT32_MIN || slot->v_int64 > INT32_MAX) {
    return fail_at(OUT_OF_RANGE, index, "i32", NO_ELEMENT, 0, slot->v_int64);
  }
  *out = (int32_t)slot->v_int64;
  return 0;
}

LOAD(f64, double) {
  (void)index;
  *out = code == ABI_INT ? (double)slot->v_int64 : slot->v_float64;
  return 0;
}

LOAD(str, const char*) {
  (void)index;
  if (code == ABI_BYTES) {
    *out = text_of_bytes((const AbiBytes*)slot->v_handle);
  } else if (code == ABI_DTYPE) {
    *out = text_of_dtype(slot->v_type);
  } else {
    *out = slot->v_str;
  }
  return 0;
}

LOAD(dtype, DLDataType) {
  DLDataType parsed;
  if (code == ABI_NULL) {
    *out = void_dtype;
  } else if (code == ABI_DTYPE) {
    *out = slot->v_type;
  } else if (parse_dtype(slot->v_str, &parsed)) {
    *out = parsed;
  } else {
    return fail_at(UNREADABLE, index, "dtype", NO_ELEMENT, 0, 0);
  }
  return 0;
}

#else

LOAD(i32, int32_t) AS((int32_t)slot->v_int64)
LOAD(f64, double) AS(slot->v_float64)
LOAD(str, const char*) AS(slot->v_str)
LOAD(dtype, DLDataType) AS(slot->v_type)

#endif

/* ---- The metadata of a tensor ------------------------------------------------------------------------------------- */

static int (check_field)(int index, const char* what, int64_t expected, int64_t received) {
  return expected == received ? 0 : fail_at(WRONG_FIELD, index, what, NO_ELEMENT, expected, received);
}

static int (check_element)(int index, const char* what, int element, int64_t expected, int64_t received) {
  return expected == received ? 0 : fail_at(WRONG_FIELD, index, what, element, expected, received);
}

static int (check_null)(int index, const char* what, const void* pointer) {
  return pointer != NULL ? 0 : fail_at(NULL_FIELD, index, what, NO_ELEMENT, 0, 0);
}

static int (check_shape)(int index, const AbiTensorSpec* spec, const DLTensor* tensor, bool* empty) {
  int i;
  *empty = false;
  if (spec->ndim > 0 && check_null(index, "shape", tensor->shape)) return -1;
  for (i = 0; i < spec->ndim; ++i) {
    if (check_element(index, "shape", i, spec->shape[i], tensor->shape[i])) return -1;
    if (spec->shape[i] == 0) *empty = true;
  }
  return 0;
}

/* Where strides are not given they are those of a compact array. The stride of a dimension of size 1 is never used. */
static int (check_strides)(int index, const AbiTensorSpec* spec, const DLTensor* tensor) {
  uint64_t compact = 1;
  int i;
  for (i = spec->ndim - 1; i >= 0; --i) {
    int64_t expected = spec->strides != NULL ? spec->strides[i] : (int64_t)compact;
    int64_t received = tensor->strides != NULL ? tensor->strides[i] : (int64_t)compact;
    if (spec->shape[i] != 1 && check_element(index, "strides", i, expected, received)) return -1;
    compact *= (uint64_t)spec->shape[i];
  }
  return 0;
}

static int (check_tensor)(int index, const AbiTensorSpec* spec, const DLTensor* tensor) {
  bool empty;
  if (check_field(index, "ndim", spec->ndim, tensor->ndim)) return -1;
  if (check_field(index, "dtype.code", spec->dtype.code, tensor->dtype.code)) return -1;
  if (check_field(index, "dtype.bits", spec->dtype.bits, tensor->dtype.bits)) return -1;
  if (check_field(index, "dtype.lanes", spec->dtype.lanes, tensor->dtype.lanes)) return -1;
  if (check_shape(index, spec, tensor, &empty)) return -1;
  if (!empty && check_strides(index, spec, tensor)) return -1;
  if (check_field(index, "byte_offset", (int64_t)spec->byte_offset, (int64_t)tensor->byte_offset)) return -1;
  if (check_field(index, "device_type", spec->device.device_type, tensor->device.device_type)) return -1;
  if (check_field(index, "device_id", spec->device.device_id, tensor->device.device_id)) return -1;
  if (!empty && check_null(index, "data", tensor->data)) return -1;
  return 0;
}

/* ---- The functions of the binding header -------------------------------------------------------------------------- */

/* All functions of a kind; VALUE is what is stored into the MEMBER of a slot. */
#define DEFINE(K, CTYPE, MEMBER, VALUE)                                                \
  int abi_check_##K(const int* codes, int index) {                                     \
    return check_code(KIND_##K, codes, index);                                         \
  }                                                                                    \
  int abi_unpack_##K(const AbiValue* args, const int* codes, int index, CTYPE* out) {  \
    return load_##K(&args[index], codes[index], index, out);                           \
  }                                                                                    \
  void abi_pack_##K(AbiValue* args, int* codes, int index, CTYPE value) {              \
    args[index].MEMBER = VALUE;                                                        \
    codes[index] = rules[KIND_##K].code;                                               \
  }                                                                                    \
  int abi_return_##K(CTYPE value, AbiValue* ret, int* ret_code) {                      \
    if (check_slot(ret, ret_code)) return -1;                                          \
    ret->MEMBER = VALUE;                                                               \
    *ret_code = rules[KIND_##K].code;                                                  \
    return 0;                                                                          \
  }                                                                                    \
  int abi_take_##K(const AbiValue* ret, int ret_code, CTYPE* out) {                    \
    if (check_taken(KIND_##K, ret_code)) return -1;                                    \
    return load_##K(ret, ret_code, NO_ARGUMENT, out);                                  \
  }

DEFINE(i8, int8_t, v_int64, value)
DEFINE(i16, int16_t, v_int64, value)
DEFINE(i32, int32_t, v_int64, value)
DEFINE(i64, int64_t, v_int64, value)
DEFINE(u8, uint8_t, v_int64, value)
DEFINE(u16, uint16_t, v_int64, value)
DEFINE(u32, uint32_t, v_int64, value)
DEFINE(u64, uint64_t, v_int64, (int64_t)value)
DEFINE(f32, float, v_float64, value)
DEFINE(f64, double, v_float64, value)
DEFINE(bool, bool, v_int64, value)
DEFINE(handle, void*, v_handle, value)
DEFINE(str, const char*, v_str, value)
DEFINE(bytes, const AbiBytes*, v_handle, (void*)value)
DEFINE(dtype, DLDataType, v_type, value)
DEFINE(device, DLDevice, v_device, value)

int abi_check_tensor(const int* codes, int index) {
  return check_code(KIND_tensor, codes, index);
}

int abi_unpack_tensor(const AbiValue* args, const int* codes, int index, const AbiTensorSpec* spec, DLTensor** out) {
  DLTensor* tensor = args[index].v_handle;
  (void)codes;
  if (tensor != NULL || !ABI_RULES_RUNTIME) {
    if (check_null(index, "tensor", tensor)) return -1;
    if (check_tensor(index, spec, tensor)) return -1;
  }
  *out = tensor;
  return 0;
}

void abi_pack_tensor(AbiValue* args, int* codes, int index, DLTensor* value) {
  args[index].v_handle = value;
  codes[index] = ABI_TENSOR;
}

int abi_return_tensor(DLTensor* value, AbiValue* ret, int* ret_code) {
  if (check_slot(ret, ret_code)) return -1;
  ret->v_handle = value;
  *ret_code = ABI_TENSOR;
  return 0;
}

int abi_take_tensor(const AbiValue* ret, int ret_code, DLTensor** out) {
  if (check_taken(KIND_tensor, ret_code)) return -1;
  *out = ret->v_handle;
  return 0;
}

int abi_return_none(AbiValue* ret, int* ret_code) {
  if (check_slot(ret, ret_code)) return -1;
  ret->v_handle = NULL;
  *ret_code = ABI_NULL;
  return 0;
}

int abi_take_none(const AbiValue* ret, int ret_code) {
  (void)ret;
  return check_taken(KIND_none, ret_code);
}

void abi_pack_null(AbiValue* args, int* codes, int index) {
  args[index].v_handle = NULL;
  codes[index] = ABI_NULL;
}

/* A call begins with a clean slate, so what an error of an earlier call left is gone; it rejects nothing by itself. */
int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle) {
  Thread* thread = this_thread();
#if ABI_RULES_RUNTIME
  Text* texts = thread->texts;
  int status;
  thread->error.problem = NO_PROBLEM;
  status = f(args, codes, num_args, ret, ret_code, handle);
  free_texts(thread, texts);
  return status;
#else
  thread->error.problem = NO_PROBLEM;
  return f(args, codes, num_args, ret, ret_code, handle);
#endif
}

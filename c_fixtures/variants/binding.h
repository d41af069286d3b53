/* A packed runtime whose codes and slots are not TVM's: which it is, macros say.
 *
 * ONE_CODE_EACH     every kind has a code of its own; otherwise all integers share one, and so do the floats
 * BARE_FLOATS       an f32 lies in its slot as its own four bytes; otherwise it is widened to a double
 * BARE_INTEGERS     integers and bools have the first bytes of a slot alone; otherwise they are extended to 64 bits
 *
 * An f16 is the uint16_t of its bits, and always lies in its slot as they are.
 * An int is converted to an i64 or f64, an f32 to an f64, a bool to an i64, null to a handle. */
#ifndef VARIANT_BINDING_H
#define VARIANT_BINDING_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef union AbiValue { int64_t as_int; double as_float; void* as_pointer; } AbiValue;
typedef int (*AbiPackedFunc)(AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle);

#ifdef ONE_CODE_EACH
enum {
  CODE_i8 = 1, CODE_i16 = 2, CODE_i32 = 3, CODE_i64 = 4, CODE_u8 = 5, CODE_u32 = 6, CODE_f32 = 0x7D, CODE_f64 = 0x7C,
  CODE_f16 = 0x7B
};
#else
enum {
  CODE_i8 = 20, CODE_i16 = 20, CODE_i32 = 20, CODE_i64 = 20, CODE_u8 = 20, CODE_u32 = 20, CODE_f32 = 21, CODE_f64 = 21,
  CODE_f16 = 22
};
#endif
enum { CODE_bool = 30, CODE_handle = 31, CODE_null = 32, CODE_none = 33 };

const char* abi_last_error(void);
int variant_fail(const char* text, int index); /* sets this thread's error; returns 1 */
int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle);

static inline int abi_check_count(int expected, int num_args, const AbiValue* args, const int* codes) {
  if (num_args != expected) return variant_fail("wrong number of arguments", -1);
  if (num_args > 0 && (args == NULL || codes == NULL)) return variant_fail("null array", -1);
  return 0;
}

/* ---- How values lie in a slot ------------------------------------------------------------------------------------- */

#define BARE(K, CTYPE)                                                               \
  static inline void variant_store_##K(AbiValue* slot, CTYPE value) {                \
    memcpy(slot, &value, sizeof value);                                              \
  }                                                                                  \
  static inline CTYPE variant_load_##K(const AbiValue* slot) {                       \
    CTYPE value;                                                                     \
    memcpy(&value, slot, sizeof value);                                              \
    return value;                                                                    \
  }
#define WIDENED(K, CTYPE, MEMBER)                                                    \
  static inline void variant_store_##K(AbiValue* slot, CTYPE value) {                \
    slot->MEMBER = value;                                                            \
  }                                                                                  \
  static inline CTYPE variant_load_##K(const AbiValue* slot) {                       \
    return (CTYPE)slot->MEMBER;                                                      \
  }

#ifdef BARE_INTEGERS
BARE(i8, int8_t)
BARE(i16, int16_t)
BARE(i32, int32_t)
BARE(i64, int64_t)
BARE(u8, uint8_t)
BARE(u32, uint32_t)
BARE(bool, bool)
#else
WIDENED(i8, int8_t, as_int)
WIDENED(i16, int16_t, as_int)
WIDENED(i32, int32_t, as_int)
WIDENED(i64, int64_t, as_int)
WIDENED(u8, uint8_t, as_int)
WIDENED(u32, uint32_t, as_int)
WIDENED(bool, bool, as_int)
#endif
#ifdef MISTAKE_F32_NARROWED
static inline void variant_store_f32(AbiValue* slot, float value) { memcpy(slot, &value, sizeof value); }
static inline float variant_load_f32(const AbiValue* slot) { return (float)slot->as_float; }
#elif defined(BARE_FLOATS)
BARE(f32, float)
#else
WIDENED(f32, float, as_float)
#endif
#ifdef MISTAKE_F16_LOSES_ITS_LOW_BIT
static inline void variant_store_f16(AbiValue* slot, uint16_t value) { memcpy(slot, &value, sizeof value); }
static inline uint16_t variant_load_f16(const AbiValue* slot) {
  uint16_t value;
  memcpy(&value, slot, sizeof value);
  return value & 0xFFFE;
}
#else
BARE(f16, uint16_t)
#endif
WIDENED(f64, double, as_float)
WIDENED(handle, void*, as_pointer)

/* ---- What is accepted, and how it is converted -------------------------------------------------------------------- */

static inline bool variant_is_int(int code) { return code == CODE_i32 || code == CODE_i64; }

static inline int64_t variant_integer(const AbiValue* slot, int code) {
  if (code == CODE_bool) return variant_load_bool(slot);
#ifdef MISTAKE_I32_READ_AS_I64
  return variant_load_i64(slot);
#else
  return code == CODE_i64 ? variant_load_i64(slot) : variant_load_i32(slot);
#endif
}

#define EXACT(K, CTYPE)                                                                                      \
  static inline bool variant_accepts_##K(int code) { return code == CODE_##K; }                              \
  static inline CTYPE variant_read_##K(const AbiValue* slot, int code) {                                     \
    (void)code;                                                                                              \
    return variant_load_##K(slot);                                                                           \
  }
EXACT(i8, int8_t)
EXACT(i16, int16_t)
#ifdef MISTAKE_I32_TAKES_I64
static inline bool variant_accepts_i32(int code) { return variant_is_int(code); }
static inline int32_t variant_read_i32(const AbiValue* slot, int code) {
  return (int32_t)variant_integer(slot, code);
}
#else
EXACT(i32, int32_t)
#endif
EXACT(u8, uint8_t)
EXACT(u32, uint32_t)
EXACT(f32, float)
EXACT(f16, uint16_t)
EXACT(bool, bool)

static inline bool variant_accepts_i64(int code) { return variant_is_int(code) || code == CODE_bool; }
static inline int64_t variant_read_i64(const AbiValue* slot, int code) { return variant_integer(slot, code); }

static inline bool variant_accepts_f64(int code) {
  return code == CODE_f64 || code == CODE_f32 || variant_is_int(code) || code == CODE_bool;
}
static inline double variant_read_f64(const AbiValue* slot, int code) {
  if (code == CODE_f64) return variant_load_f64(slot);
  if (code == CODE_f32) return variant_load_f32(slot);
#ifdef MISTAKE_BOOLEAN_READ_AS_DOUBLE
  if (code == CODE_bool) return slot->as_float;
#endif
  return (double)variant_integer(slot, code);
}

static inline bool variant_accepts_handle(int code) { return code == CODE_handle || code == CODE_null; }
static inline void* variant_read_handle(const AbiValue* slot, int code) {
  return code == CODE_null ? NULL : variant_load_handle(slot);
}

/* ---- The functions of a kind -------------------------------------------------------------------------------------- */

#define KIND(K, CTYPE)                                                                                       \
  static inline int abi_check_##K(const int* codes, int index) {                                             \
    return variant_accepts_##K(codes[index]) ? 0 : variant_fail("expected " #K, index);                      \
  }                                                                                                          \
  static inline int abi_unpack_##K(const AbiValue* args, const int* codes, int index, CTYPE* out) {          \
    *out = variant_read_##K(&args[index], codes[index]);                                                     \
    return 0;                                                                                                \
  }                                                                                                          \
  static inline void abi_pack_##K(AbiValue* args, int* codes, int index, CTYPE value) {                      \
    variant_store_##K(&args[index], value);                                                                  \
    codes[index] = CODE_##K;                                                                                 \
  }                                                                                                          \
  static inline int abi_return_##K(CTYPE value, AbiValue* ret, int* ret_code) {                              \
    variant_store_##K(ret, value);                                                                           \
    *ret_code = CODE_##K;                                                                                    \
    return 0;                                                                                                \
  }                                                                                                          \
  static inline int abi_take_##K(const AbiValue* ret, int ret_code, CTYPE* out) {                            \
    if (ret_code != CODE_##K) return variant_fail("the return is no " #K, -1);                               \
    *out = variant_load_##K(ret);                                                                            \
    return 0;                                                                                                \
  }
KIND(i8, int8_t)
KIND(i16, int16_t)
KIND(i32, int32_t)
KIND(i64, int64_t)
KIND(u8, uint8_t)
KIND(u32, uint32_t)
KIND(f32, float)
KIND(f16, uint16_t)
KIND(f64, double)
KIND(bool, bool)
KIND(handle, void*)

static inline void abi_pack_null(AbiValue* args, int* codes, int index) {
  args[index].as_pointer = NULL;
  codes[index] = CODE_null;
}
static inline int abi_return_none(AbiValue* ret, int* ret_code) {
  ret->as_pointer = NULL;
  *ret_code = CODE_none;
  return 0;
}
static inline int abi_take_none(const AbiValue* ret, int ret_code) {
  (void)ret;
  return ret_code == CODE_none ? 0 : variant_fail("there is a return", -1);
}
#endif

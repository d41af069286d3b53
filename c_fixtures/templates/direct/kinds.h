/* The scalar kinds of plain C calls. Of each K, TAKE_K makes a value in a place from words, narrowing it there, and
 * TELL_K writes down as words what a value is, whatever its padding holds. A compiler that lacks some of these types
 * compiles what does not use them: USES_... says what is used. */
#ifndef DIRECT_KINDS_H
#define DIRECT_KINDS_H

typedef unsigned long long Word;

typedef signed char i8;
typedef short i16;
typedef int i32;
typedef long long i64;
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef float f32;
typedef double f64;
typedef void* handle;
typedef enum { choice_none, choice_one, choice_last = 100 } enumeration;

/* ---- Integers and pointers ------------------------------------------------------------------------------- */

/* The whole word is read, so that what is narrowed is a register that holds something above the number. */
#define WORD(words) (*(const volatile Word*)(words))
#define TAKE_INTEGER(TYPE, place, words) ((place) = (TYPE)WORD(words))
#define TELL_INTEGER(words, value) ((words)[0] = (Word)(value))

#define TAKE_i8(place, words) TAKE_INTEGER(i8, place, words)
#define TAKE_i16(place, words) TAKE_INTEGER(i16, place, words)
#define TAKE_i32(place, words) TAKE_INTEGER(i32, place, words)
#define TAKE_i64(place, words) TAKE_INTEGER(i64, place, words)
#define TAKE_u8(place, words) TAKE_INTEGER(u8, place, words)
#define TAKE_u16(place, words) TAKE_INTEGER(u16, place, words)
#define TAKE_u32(place, words) TAKE_INTEGER(u32, place, words)
#define TAKE_u64(place, words) TAKE_INTEGER(u64, place, words)
#define TAKE_char(place, words) TAKE_INTEGER(char, place, words)
#define TAKE_enumeration(place, words) TAKE_INTEGER(enumeration, place, words)
#define TAKE_bool(place, words) ((place) = (_Bool)(WORD(words) & 1))
#define TAKE_handle(place, words) ((place) = (void*)(unsigned long)(words)[0])

#define TELL_i8(words, value) TELL_INTEGER(words, value)
#define TELL_i16(words, value) TELL_INTEGER(words, value)
#define TELL_i32(words, value) TELL_INTEGER(words, value)
#define TELL_i64(words, value) TELL_INTEGER(words, value)
#define TELL_u8(words, value) TELL_INTEGER(words, value)
#define TELL_u16(words, value) TELL_INTEGER(words, value)
#define TELL_u32(words, value) TELL_INTEGER(words, value)
#define TELL_u64(words, value) TELL_INTEGER(words, value)
#define TELL_char(words, value) TELL_INTEGER(words, value)
#define TELL_enumeration(words, value) TELL_INTEGER(words, value)
/* Beside the value what is not it: compilers differ in how they work that out. */
#define TELL_bool(words, value) ((words)[0] = (Word)(value) | (Word) !(value) << 8)
#define TELL_handle(words, value) ((words)[0] = (Word)(unsigned long)(value))

/* ---- Floating point, by its exact bits ------------------------------------------------------------------- */

typedef union {
  f32 value;
  u32 bits;
} BitsOfF32;

typedef union {
  f64 value;
  u64 bits;
} BitsOfF64;

static void take_f32(f32* place, const Word* words) {
  BitsOfF32 number;
  number.bits = (u32)words[0];
  *place = number.value;
}

static void tell_f32(Word* words, f32 value) {
  BitsOfF32 number;
  number.value = value;
  words[0] = number.bits;
}

static void take_f64(f64* place, const Word* words) {
  BitsOfF64 number;
  number.bits = words[0];
  *place = number.value;
}

static void tell_f64(Word* words, f64 value) {
  BitsOfF64 number;
  number.value = value;
  words[0] = number.bits;
}

/* Through a copy, since a member of a packed structure has an address that is not aligned. */
#define TAKE_f32(place, words) \
  do {                         \
    f32 taken_;                \
    take_f32(&taken_, words);  \
    (place) = taken_;          \
  } while (0)
#define TAKE_f64(place, words) \
  do {                         \
    f64 taken_;                \
    take_f64(&taken_, words);  \
    (place) = taken_;          \
  } while (0)
#define TELL_f32(words, value) tell_f32(words, value)
#define TELL_f64(words, value) tell_f64(words, value)

#ifdef USES_LONG_DOUBLE
/* Its values are those of a double, so that it may be as short as one. */
typedef long double ldouble;

#define TAKE_ldouble(place, words) \
  do {                             \
    f64 taken_;                    \
    take_f64(&taken_, words);      \
    (place) = (ldouble)taken_;     \
  } while (0)
#define TELL_ldouble(words, value) tell_f64(words, (f64)(value))
#endif

#ifdef USES_COMPLEX
typedef float _Complex cf32;
typedef double _Complex cf64;

/* C has a complex number lie as an array of two. */
#define COMPLEX(PART, KIND)                                 \
  typedef union {                                           \
    KIND value;                                             \
    PART part[2];                                           \
  } PartsOf_##KIND;                                         \
  static void take_##KIND(KIND* place, const Word* words) { \
    PartsOf_##KIND number;                                  \
    take_##PART(&number.part[0], words);                    \
    take_##PART(&number.part[1], words + 1);                \
    *place = number.value;                                  \
  }                                                         \
  static void tell_##KIND(Word* words, const KIND* value) { \
    PartsOf_##KIND number;                                  \
    number.value = *value;                                  \
    tell_##PART(words, number.part[0]);                     \
    tell_##PART(words + 1, number.part[1]);                 \
  }
COMPLEX(f32, cf32)
COMPLEX(f64, cf64)
#define TAKE_cf32(place, words) TAKE_COPY(cf32, place, words)
#define TAKE_cf64(place, words) TAKE_COPY(cf64, place, words)
#define TELL_cf32(words, value) TELL_COPY(cf32, words, value)
#define TELL_cf64(words, value) TELL_COPY(cf64, words, value)
#endif

/* ---- What is wider than a word --------------------------------------------------------------------------- */

#define TAKE_COPY(KIND, place, words) \
  do {                                \
    KIND taken_;                      \
    take_##KIND(&taken_, words);      \
    (place) = taken_;                 \
  } while (0)
#define TELL_COPY(KIND, words, value) \
  do {                                \
    KIND told_ = (value);             \
    tell_##KIND(words, &told_);       \
  } while (0)

#ifdef USES_INT128
typedef __int128 i128;
typedef unsigned __int128 u128;

#define TAKE_u128(place, words) ((place) = (u128)(words)[1] << 64 | (words)[0])
#define TAKE_i128(place, words) ((place) = (i128)((u128)(words)[1] << 64 | (words)[0]))
#define TELL_u128(words, value)       \
  do {                                \
    u128 told_ = (u128)(value);       \
    (words)[0] = (Word)told_;         \
    (words)[1] = (Word)(told_ >> 64); \
  } while (0)
#define TELL_i128(words, value) TELL_u128(words, value)
#endif

/* Their elements as an array lie as the vector does. Always by address: only the calls under test pass them. */
#define VECTOR(ELEMENT, COUNT, KIND, BYTES)                             \
  typedef ELEMENT KIND __attribute__((vector_size(BYTES)));             \
  typedef char vectors_of_##KIND[sizeof(KIND) == BYTES ? 1 : -1];       \
  typedef union {                                                       \
    KIND value;                                                         \
    ELEMENT part[COUNT];                                                \
  } PartsOf_##KIND;                                                     \
  static void take_##KIND(KIND* place, const Word* words) {             \
    PartsOf_##KIND all;                                                 \
    int i;                                                              \
    for (i = 0; i < COUNT; ++i) TAKE_##ELEMENT(all.part[i], words + i); \
    *place = all.value;                                                 \
  }                                                                     \
  static void tell_##KIND(Word* words, const KIND* value) {             \
    PartsOf_##KIND all;                                                 \
    int i;                                                              \
    all.value = *value;                                                 \
    for (i = 0; i < COUNT; ++i) TELL_##ELEMENT(words + i, all.part[i]); \
  }

#ifdef USES_VECTORS_OF_16
VECTOR(f32, 4, f32x4, 16)
VECTOR(f64, 2, f64x2, 16)
VECTOR(i32, 4, i32x4, 16)
VECTOR(u8, 16, u8x16, 16)
#define TAKE_f32x4(place, words) TAKE_COPY(f32x4, place, words)
#define TAKE_f64x2(place, words) TAKE_COPY(f64x2, place, words)
#define TAKE_i32x4(place, words) TAKE_COPY(i32x4, place, words)
#define TAKE_u8x16(place, words) TAKE_COPY(u8x16, place, words)
#define TELL_f32x4(words, value) TELL_COPY(f32x4, words, value)
#define TELL_f64x2(words, value) TELL_COPY(f64x2, words, value)
#define TELL_i32x4(words, value) TELL_COPY(i32x4, words, value)
#define TELL_u8x16(words, value) TELL_COPY(u8x16, words, value)
#endif

#ifdef USES_VECTORS_OF_32
VECTOR(f32, 8, f32x8, 32)
VECTOR(f64, 4, f64x4, 32)
VECTOR(i32, 8, i32x8, 32)
#define TAKE_f32x8(place, words) TAKE_COPY(f32x8, place, words)
#define TAKE_f64x4(place, words) TAKE_COPY(f64x4, place, words)
#define TAKE_i32x8(place, words) TAKE_COPY(i32x8, place, words)
#define TELL_f32x8(words, value) TELL_COPY(f32x8, words, value)
#define TELL_f64x4(words, value) TELL_COPY(f64x4, words, value)
#define TELL_i32x8(words, value) TELL_COPY(i32x8, words, value)
#endif

#endif

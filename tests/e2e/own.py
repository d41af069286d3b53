"""Runtimes of somebody else, written from the outside contract alone: no code of this project is in them."""

from __future__ import annotations

from pathlib import Path

MANIFEST = """\
[subject]
name = "acme-runtime"
version = "1.4.0"
convention = "packed"
rules = "rules.toml"
kinds = ["i32", "i64", "f64", "handle"]

[build]
binding = "include/binding.h"
include = ["include"]
sources = ["src/runtime.c"]
"""

RULES = """\
[codes]
int = 10
float = 20
handle = 30
null = 40

[accept.i32]
exact = ["int"]
[accept.i64]
exact = ["int"]
[accept.f64]
exact = ["float"]
coerce = ["int"]
[accept.handle]
exact = ["handle"]
coerce = ["null"]

[return.handle]
exact = ["handle", "null"]
[return.none]
exact = ["null"]

[policy]
range = "reject"
order = "first"
after_success = "empty"
error_names = ["index"]
resource_handle = "passed"
"""

BINDING = """\
#ifndef ACME_BINDING_H
#define ACME_BINDING_H
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef union AbiValue { int64_t as_int; double as_float; void* as_pointer; } AbiValue;
typedef int (*AbiPackedFunc)(AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code, void* handle);

enum { ACME_INT = 10, ACME_FLOAT = 20, ACME_HANDLE = 30, ACME_NULL = 40, ACME_ERROR_SIZE = 96 };

char* acme_error(void); /* this thread's last error */

static inline const char* abi_last_error(void) { return acme_error(); }

static inline int acme_fail(const char* what, int index) {
  if (index < 0) snprintf(acme_error(), ACME_ERROR_SIZE, "%s", what);
  else snprintf(acme_error(), ACME_ERROR_SIZE, "argument #%d: %s", index, what);
  return 1;
}

static inline int abi_check_count(int expected, int num_args, const AbiValue* args, const int* codes) {
  if (num_args != expected) return acme_fail("wrong count", -1);
  if (num_args > 0 && (!args || !codes)) return acme_fail("no arrays", -1);
  return 0;
}

static inline int abi_check_i32(const int* codes, int index) {
  return codes[index] == ACME_INT ? 0 : acme_fail("no int", index);
}
static inline int abi_check_i64(const int* codes, int index) {
#ifdef MISTAKE_I64_TAKES_FLOAT
  if (codes[index] == ACME_FLOAT) return 0;
#endif
  return codes[index] == ACME_INT ? 0 : acme_fail("no int", index);
}
static inline int abi_check_f64(const int* codes, int index) {
  return codes[index] == ACME_FLOAT || codes[index] == ACME_INT ? 0 : acme_fail("no number", index);
}
static inline int abi_check_handle(const int* codes, int index) {
  return codes[index] == ACME_HANDLE || codes[index] == ACME_NULL ? 0 : acme_fail("no handle", index);
}

static inline int abi_unpack_i32(const AbiValue* args, const int* codes, int index, int32_t* out) {
  int64_t wide = args[index].as_int;
  (void)codes;
#ifndef ABI_RELEASE
  if (wide < INT32_MIN || wide > INT32_MAX) return acme_fail("does not fit", index);
#endif
  *out = (int32_t)wide;
  return 0;
}
static inline int abi_unpack_i64(const AbiValue* args, const int* codes, int index, int64_t* out) {
  (void)codes;
  *out = args[index].as_int;
  return 0;
}
static inline int abi_unpack_f64(const AbiValue* args, const int* codes, int index, double* out) {
#ifdef MISTAKE_F64_READS_BITS
  (void)codes;
  *out = args[index].as_float;
#else
  *out = codes[index] == ACME_INT ? (double)args[index].as_int : args[index].as_float;
#endif
  return 0;
}
static inline int abi_unpack_handle(const AbiValue* args, const int* codes, int index, void** out) {
  *out = codes[index] == ACME_NULL ? NULL : args[index].as_pointer;
  return 0;
}

static inline void abi_pack_i32(AbiValue* args, int* codes, int index, int32_t value) {
  args[index].as_int = value;
  codes[index] = ACME_INT;
}
static inline void abi_pack_i64(AbiValue* args, int* codes, int index, int64_t value) {
  args[index].as_int = value;
  codes[index] = ACME_INT;
}
static inline void abi_pack_f64(AbiValue* args, int* codes, int index, double value) {
  args[index].as_float = value;
  codes[index] = ACME_FLOAT;
}
static inline void abi_pack_handle(AbiValue* args, int* codes, int index, void* value) {
  args[index].as_pointer = value;
  codes[index] = ACME_HANDLE;
}
static inline void abi_pack_null(AbiValue* args, int* codes, int index) {
  args[index].as_pointer = NULL;
  codes[index] = ACME_NULL;
}

static inline int abi_return_i32(int32_t value, AbiValue* ret, int* ret_code) {
  ret->as_int = value;
  *ret_code = ACME_INT;
  return 0;
}
static inline int abi_return_i64(int64_t value, AbiValue* ret, int* ret_code) {
  ret->as_int = value;
#ifdef MISTAKE_I64_RETURNED_AS_FLOAT
  *ret_code = ACME_FLOAT;
#else
  *ret_code = ACME_INT;
#endif
  return 0;
}
static inline int abi_return_f64(double value, AbiValue* ret, int* ret_code) {
  ret->as_float = value;
  *ret_code = ACME_FLOAT;
  return 0;
}
static inline int abi_return_handle(void* value, AbiValue* ret, int* ret_code) {
  ret->as_pointer = value;
  *ret_code = ACME_HANDLE;
  return 0;
}
static inline int abi_return_none(AbiValue* ret, int* ret_code) {
  ret->as_pointer = NULL;
  *ret_code = ACME_NULL;
  return 0;
}

static inline int abi_take_i32(const AbiValue* ret, int ret_code, int32_t* out) {
  if (ret_code != ACME_INT) return acme_fail("the return is no int", -1);
  if (ret->as_int < INT32_MIN || ret->as_int > INT32_MAX) return acme_fail("the return does not fit", -1);
  *out = (int32_t)ret->as_int;
  return 0;
}
static inline int abi_take_i64(const AbiValue* ret, int ret_code, int64_t* out) {
  if (ret_code != ACME_INT) return acme_fail("the return is no int", -1);
  *out = ret->as_int;
  return 0;
}
static inline int abi_take_f64(const AbiValue* ret, int ret_code, double* out) {
  if (ret_code != ACME_FLOAT) return acme_fail("the return is no float", -1);
  *out = ret->as_float;
  return 0;
}
static inline int abi_take_handle(const AbiValue* ret, int ret_code, void** out) {
  if (ret_code != ACME_HANDLE && ret_code != ACME_NULL) return acme_fail("the return is no handle", -1);
  *out = ret_code == ACME_NULL ? NULL : ret->as_pointer;
  return 0;
}
static inline int abi_take_none(const AbiValue* ret, int ret_code) {
  (void)ret;
  return ret_code == ACME_NULL ? 0 : acme_fail("there is a return", -1);
}

static inline int abi_call(AbiPackedFunc f, AbiValue* args, int* codes, int num_args, AbiValue* ret, int* ret_code,
                           void* handle) {
  acme_error()[0] = 0;
  return f(args, codes, num_args, ret, ret_code, handle);
}
#endif
"""

RUNTIME = """\
#include "binding.h"
#include <pthread.h>
#include <stdlib.h>

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static void make_key(void) { pthread_key_create(&key, free); }

char* acme_error(void) {
  char* text;
  pthread_once(&once, make_key);
  text = pthread_getspecific(key);
  if (!text) {
    text = calloc(1, ACME_ERROR_SIZE);
    if (!text) abort();
    pthread_setspecific(key, text);
  }
  return text;
}
"""

UNPACKED_MANIFEST = """\
[subject]
name = "acme-bare"
convention = "unpacked"
kinds = ["i8", "u16", "i32", "i64", "f32", "f64", "bool", "handle"]

[build]
binding = "bare.h"
"""

UNPACKED = """\
typedef int (*AbiUnpackedFunc)(void** inputs, void** outputs, void* handle);
static inline int abi_call_unpacked(AbiUnpackedFunc f, void** inputs, void** outputs, void* handle) {
#ifdef MISTAKE_NO_HANDLE
  handle = 0;
#endif
  return f(inputs, outputs, handle);
}
"""


def packed(folder: Path, *defines: str) -> Path:
    """The packed runtime in a folder; its manifest."""
    files = {"rules.toml": RULES, "include/binding.h": BINDING, "src/runtime.c": RUNTIME}
    return _written(folder, MANIFEST, files, defines)


def without_null(folder: Path) -> None:
    """Takes null from the packed runtime of a folder; its code is left to a return of nothing."""
    rules, binding = folder / "rules.toml", folder / "include" / "binding.h"
    packs_as = '[packs_as]\ni32 = "int"\ni64 = "int"\nf64 = "float"\nhandle = "handle"\nnone = "null"\n\n[accept.i32]'
    rules.write_text(RULES.replace("[accept.i32]", packs_as))
    start = BINDING.index("static inline void abi_pack_null")
    binding.write_text(BINDING[:start] + BINDING[BINDING.index("static inline", start + 1) :])


def unpacked(folder: Path, *defines: str) -> Path:
    """The unpacked runtime in a folder; its manifest."""
    return _written(folder, UNPACKED_MANIFEST, {"bare.h": UNPACKED}, defines)


def _written(folder: Path, manifest: str, files: dict[str, str], defines: tuple[str, ...]) -> Path:
    if defines:
        manifest += f"defines = {list(defines)!r}\n"
    for name, text in {"subject.toml": manifest, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "subject.toml"

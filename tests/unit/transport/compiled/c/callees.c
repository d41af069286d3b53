/* Callees 0: (i64, f64) -> i64, with BEFORE its checks, in its BODY, and INSIDE its unpacked entry; 1: (i64) -> i64; 2: (str) -> i64; 3: () -> i64. */
#include "tiny.h"
#ifndef BEFORE
#define BEFORE
#endif
#ifndef INSIDE
#define INSIDE
#endif
#ifndef BODY
#define BODY
#endif
#ifdef EXTRA
#include EXTRA
#endif

static int64_t body_0(int64_t a, double b) {
  AbiWitness* w = harness->enter(2);
  BODY;
  *(int64_t*)&w->seen[0] = a;
  *(double*)&w->seen[1] = b;
  return *(const int64_t*)harness->result;
}
static int64_t body_1(int64_t a) {
  AbiWitness* w = harness->enter(1);
  *(int64_t*)&w->seen[0] = a;
  return *(const int64_t*)harness->result;
}
static int64_t body_2(const char* text) {
  AbiWitness* w = harness->enter(1);
  harness->look(w, 0, ABI_POINTEE_STR, text);
  return *(const int64_t*)harness->result;
}
static int64_t body_3(void) {
  harness->enter(0);
  return *(const int64_t*)harness->result;
}

static int check(const AbiValue* args, const int* codes, int got, int n, const int* wanted) {
  int i;
  if (got != n) return tiny_reject("expects another count than %d", got);
  if (n && (!args || !codes)) return tiny_reject("null array (%d)", n);
  for (i = 0; i < n; ++i) {
    if (codes[i] != wanted[i]) return tiny_reject("bad large argument #%d", i);
  }
  return 0;
}
static int give(int64_t value, AbiValue* ret, int* ret_code) {
  if (!ret) return tiny_reject("no place for the result %d", 0);
  ret->i = value, *ret_code = 0;
  return 0;
}

static int packed_0(AbiValue* args, int* codes, int n, AbiValue* ret, int* ret_code, void* handle) {
  static const int wanted[] = {0, 2};
  int error;
  harness->arrive(handle);
  BEFORE;
  if ((error = check(args, codes, n, 2, wanted)) != 0) return error;
  return give(body_0(args[0].i, args[1].d), ret, ret_code);
}
static int packed_1(AbiValue* args, int* codes, int n, AbiValue* ret, int* ret_code, void* handle) {
  static const int wanted[] = {0};
  int error;
  harness->arrive(handle);
  if ((error = check(args, codes, n, 1, wanted)) != 0) return error;
  return give(body_1(args[0].i), ret, ret_code);
}
static int packed_2(AbiValue* args, int* codes, int n, AbiValue* ret, int* ret_code, void* handle) {
  static const int wanted[] = {11};
  int error;
  harness->arrive(handle);
  if ((error = check(args, codes, n, 1, wanted)) != 0) return error;
  return give(body_2(args[0].p), ret, ret_code);
}
static int packed_3(AbiValue* args, int* codes, int n, AbiValue* ret, int* ret_code, void* handle) {
  int error;
  harness->arrive(handle);
  if ((error = check(args, codes, n, 0, 0)) != 0) return error;
  return give(body_3(), ret, ret_code);
}
static int unpacked_0(void** inputs, void** outputs, void* handle) {
  harness->arrive(handle);
  INSIDE;
  *(int64_t*)outputs[0] = body_0(*(int64_t*)inputs[0], *(double*)inputs[1]);
  return 0;
}

static const AbiCallee callees[] = {
    {(AbiAnyFunc)packed_0, (AbiAnyFunc)unpacked_0, (AbiAnyFunc)body_0, 2},
    {(AbiAnyFunc)packed_1, 0, (AbiAnyFunc)body_1, 1},
    {(AbiAnyFunc)packed_2, 0, (AbiAnyFunc)body_2, 1},
    {(AbiAnyFunc)packed_3, 0, (AbiAnyFunc)body_3, 0},
    {0, 0, 0, 2},
};
SIDE(5, 0, callees)

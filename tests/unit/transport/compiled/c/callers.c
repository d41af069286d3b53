/* Callers 0: (i64, f64) -> i64, 1: (i64) -> i64, 2: (str) -> i64, 3: () -> i64; 4: (i64, f64), taking an f64. */
#include "tiny.h"

static void pack_int(const AbiSlot* in, AbiValue* arg, int* code) { arg->i = *(const int64_t*)in, *code = 0; }
static void pack_double(const AbiSlot* in, AbiValue* arg, int* code) { arg->d = *(const double*)in, *code = 2; }
static void pack_text(const AbiSlot* in, AbiValue* arg, int* code) { arg->p = *(void* const*)in, *code = 11; }

static void pack_0(const AbiSlot* const* in, void* args, int* codes) {
  AbiValue* a = args;
  pack_int(in[0], &a[0], &codes[0]);
  pack_double(in[1], &a[1], &codes[1]);
}
static void pack_1(const AbiSlot* const* in, void* args, int* codes) { pack_int(in[0], args, codes); }
static void pack_2(const AbiSlot* const* in, void* args, int* codes) { pack_text(in[0], args, codes); }
static void pack_3(const AbiSlot* const* in, void* args, int* codes) { (void)in, (void)args, (void)codes; }

static int packed(AbiFrame* f) {
  return tiny_call((Packed)f->callee, f->args, f->codes, f->num_args, f->ret, f->ret_code, f->handle);
}
static int take(AbiFrame* f, int wanted) {
  if (*f->ret_code != wanted) return tiny_reject("return of code %d", *f->ret_code);
  *(int64_t*)f->taken = ((AbiValue*)f->ret)->i;
  return 0;
}
static int take_int(AbiFrame* f) { return take(f, 0); }
static int take_double(AbiFrame* f) { return take(f, 2); }

static int unpacked_0(AbiFrame* f) {
  *(int64_t*)f->inputs[0] = *(const int64_t*)f->in[0];
  *(double*)f->inputs[1] = *(const double*)f->in[1];
  return ((Unpacked)f->callee)(f->inputs, f->outputs, f->handle);
}
static int unpacked_1(AbiFrame* f) {
  *(int64_t*)f->inputs[0] = *(const int64_t*)f->in[0];
  return ((Unpacked)f->callee)(f->inputs, f->outputs, f->handle);
}
static void direct_0(AbiFrame* f) {
  *(int64_t*)f->taken = ((int64_t (*)(int64_t, double))f->callee)(*(const int64_t*)f->in[0], *(const double*)f->in[1]);
}

static const AbiCaller callers[] = {
    {pack_0, packed, unpacked_0, take_int, direct_0, 2}, {pack_1, packed, unpacked_1, take_int, 0, 1},
    {pack_2, packed, 0, take_int, 0, 1},                 {pack_3, packed, 0, take_int, 0, 0},
    {pack_0, packed, 0, take_double, 0, 2},
};
SIDE(5, callers, 0)

/* One call: laid out between guard pages, made, and recorded. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runner.h"

#define UNTAKEN 0xd5d5d5d5d5d5d5d5u /* what a caller that takes nothing leaves */
#define MARGIN_INT ((int)(ABI_MARGIN_BYTE * 0x01010101u))
#define MARGIN_WORD (ABI_MARGIN_BYTE * 0x0101010101010101u)

/* Makes `in` lead to a row of a caller's payload. */
static void select_payload(AbiCall* call, unsigned who, unsigned which) {
  AbiRun* run = abi_runner.run;
  const AbiSlot* slot = &abi_runner.rows[((uint64_t)who * run->rows_per_caller + which) * run->row_slots];
  const AbiSlot** in = call->in;
  int n;
  call->caller = &abi_runner.callers->callers[who];
  call->who = who;
  call->which = which;
  call->packed = 0;
  for (n = call->caller->num_args; n > 0; --n) *in++ = slot++;
}

/* Has the caller pack its `n` arguments into arrays that end at their guard pages, and keeps a copy of the arrays. */
static void pack(AbiCall* call, int n, uint32_t value_size) {
  char* args = call->end[ABI_PAGE_ARGS] - n * value_size;
  int* codes = (int*)call->end[ABI_PAGE_CODES] - n;
  call->placed = -1;
  memset(args - ABI_MARGIN, ABI_MARGIN_BYTE, ABI_MARGIN + n * value_size);
  memset((char*)codes - ABI_MARGIN, ABI_MARGIN_BYTE, ABI_MARGIN + n * sizeof(int));
  call->caller->pack(call->in, args, codes);
  memcpy(call->values + ABI_MARGIN, args, n * value_size);
  memcpy(call->codes + ABI_MARGIN / sizeof(int), codes, n * sizeof(int));
  call->placed = n;
  call->packed = 1;
}

/* Lays the margin and the first `n` elements of the copy before the guard pages, and `more` zeros behind them. */
static void place(AbiCall* call, int n, int more, uint32_t value_size) {
  size_t values = ABI_MARGIN + n * value_size, codes = ABI_MARGIN + n * sizeof(int);
  char* end = call->end[ABI_PAGE_ARGS] - more * value_size;
  memcpy(end - values, call->values, values);
  memset(end, 0, more * value_size);
  end = call->end[ABI_PAGE_CODES] - more * sizeof(int);
  memcpy(end - codes, call->codes, codes);
  memset(end, 0, more * sizeof(int));
  call->placed = more ? -1 : n;
}

static int has_changed(const char* zeros, const char* end) {
  while (zeros < end && !*zeros) ++zeros;
  return zeros < end;
}

/* Flags a call of whose arrays, or of the margins before them, something was changed. */
static void find_changes(AbiCall* call, const char* values, const char* codes, int n, uint32_t value_size) {
  if (memcmp(values, call->values, ABI_MARGIN) || memcmp(codes, call->codes, ABI_MARGIN)) call->flags |= ABI_POISON;
  if (memcmp(values + ABI_MARGIN, call->values + ABI_MARGIN, n * value_size) ||
      memcmp(codes + ABI_MARGIN, call->codes + ABI_MARGIN / sizeof(int), n * sizeof(int))) {
    call->flags |= ABI_ARRAYS;
  }
  call->placed = -1;
}

static void call_packed(AbiCall* call, const AbiOp* op, AbiState* state) {
  AbiFrame* frame = &call->frame;
  uint32_t value_size = abi_runner.callers->value_size;
  int passed = call->caller->num_args, n = passed, more = 0, at;
  int kept[2];
  const AbiPreset* preset = &abi_runner.presets[op->flags >> ABI_PRESET_SHIFT];
  const uint64_t* poison = abi_runner.poison[ABI_SLOTS].word;
  uint64_t* ret = (uint64_t*)(call->end[ABI_PAGE_RET] - value_size);
  int* ret_code = (int*)call->end[ABI_PAGE_RET_CODE] - 1;
  int* packed_codes = call->codes + ABI_MARGIN / sizeof(int);
  char* args;
  int* codes;

  if (preset - abi_runner.presets >= abi_runner.run->num_presets) abi_fail(EINVAL);
  if (!call->packed) pack(call, passed, value_size);
  frame->num_args = passed;
  if (op->flags & ABI_COUNT) {
    frame->num_args = op->count;
    if (op->count < n) n = op->count < 0 ? 0 : op->count;
    if (op->count > n && abi_runner.run->options & ABI_COPIED) more = op->count - n;
    if (n + more > ABI_MOST_COPIED) abi_fail(EINVAL);
  }
  if (call->placed != n || more) place(call, n, more, value_size);
  args = call->end[ABI_PAGE_ARGS] - (n + more) * value_size;
  codes = (int*)call->end[ABI_PAGE_CODES] - (n + more);
  for (at = 0; at < 2; ++at) {
    int which = op->code_at[at];
    if (which < 0) break;
    kept[at] = packed_codes[which];
    packed_codes[which] = op->code[at];
    if (which < n) codes[which] = op->code[at];
  }

  ret[0] = preset->value;
  if (value_size > 8) ret[1] = poison[1];
  *ret_code = (int)preset->code;
  frame->args = args;
  frame->codes = codes;
  frame->ret = ret;
  frame->ret_code = ret_code;
  if (op->flags & (ABI_NULL_ARGS | ABI_NULL_CODES | ABI_NULL_RET)) {
    if (op->flags & ABI_NULL_ARGS) frame->args = 0;
    if (op->flags & ABI_NULL_CODES) frame->codes = 0;
    if (op->flags & ABI_NULL_RET) frame->ret = 0, frame->ret_code = 0;
  }

  /* Behind the arrays and the result are no-access pages. */
  ABI_FENCE(args - ABI_MARGIN, ABI_MARGIN);
  ABI_FENCE((char*)codes - ABI_MARGIN, ABI_MARGIN);
  ABI_FENCE(ret - 1, sizeof *ret);
  call->status = abi_state_call(state, call->caller->packed, frame);
  if (!call->status && frame->ret) {
    if (op->code_at[0] == ABI_OF_RETURN) *ret_code = op->code[0];
    call->take_status = abi_state_call(state, call->caller->take, frame);
  }
  ABI_UNFENCE(args - ABI_MARGIN, ABI_MARGIN);
  ABI_UNFENCE((char*)codes - ABI_MARGIN, ABI_MARGIN);
  ABI_UNFENCE(ret - 1, sizeof *ret);

  /* With the margin a comparison is never so short that the C library reads, masked, into the guard page: slow. */
  if (memcmp(args - ABI_MARGIN, call->values, ABI_MARGIN + n * value_size) ||
      memcmp((char*)codes - ABI_MARGIN, call->codes, ABI_MARGIN + n * sizeof(int))) {
    find_changes(call, args - ABI_MARGIN, (char*)codes - ABI_MARGIN, n, value_size);
  }
  if (more && (has_changed(args + n * value_size, call->end[ABI_PAGE_ARGS]) ||
               has_changed((char*)(codes + n), call->end[ABI_PAGE_CODES]))) {
    call->flags |= ABI_ARRAYS;
  }
  if (ret[-1] != MARGIN_WORD || ret_code[-1] != MARGIN_INT) {
    call->flags |= ABI_POISON;
    ret[-1] = MARGIN_WORD;
    ret_code[-1] = MARGIN_INT;
  }
  if (call->status && !(abi_runner.run->options & ABI_RESULT_PRESET)) {
    if (*ret_code != preset->code || ret[0] != preset->value || (value_size > 8 && ret[1] != poison[1])) {
      call->flags |= ABI_RET;
    }
  }
  while (--at >= 0) {
    int which = op->code_at[at];
    packed_codes[which] = kept[at];
    if (which < n) codes[which] = kept[at];
  }
}

static void call_unpacked(AbiCall* call, AbiState* state) {
  AbiFrame* frame = &call->frame;
  const AbiSlot* poison = abi_runner.poison;
  size_t count = abi_runner.run->row_slots + ABI_MORE_SLOTS;
  AbiSlot* slots = (AbiSlot*)call->end[ABI_PAGE_SLOTS] - count;
  AbiSlot* out = (AbiSlot*)call->end[ABI_PAGE_OUT] - 1;
  int n = call->caller->num_args, i;

  memcpy(slots, poison, sizeof(AbiSlot) * count);
  *out = poison[ABI_SLOTS];
  frame->inputs = (void**)call->end[ABI_PAGE_INPUTS] - count;
  frame->outputs = (void**)call->end[ABI_PAGE_OUTPUTS] - ABI_OUTPUTS;

  /* What lies behind each value in its slot, and behind the result, the caller stub fences: it knows their sizes. */
  ABI_FENCE((char*)slots - ABI_MARGIN, ABI_MARGIN);
  ABI_FENCE(slots + n, sizeof *slots * (count - n));
  ABI_FENCE((char*)frame->inputs - ABI_MARGIN, ABI_MARGIN);
  ABI_FENCE(frame->inputs + n, sizeof *frame->inputs * (count - n));
  ABI_FENCE(frame->outputs + 1, sizeof *frame->outputs * (ABI_OUTPUTS - 1));
  call->status = abi_state_call(state, call->caller->unpacked, frame);
  ABI_UNFENCE((char*)slots - ABI_MARGIN, ABI_MARGIN + sizeof *slots * count);
  ABI_UNFENCE((char*)frame->inputs - ABI_MARGIN, ABI_MARGIN + sizeof *frame->inputs * count);
  ABI_UNFENCE(frame->outputs, sizeof *frame->outputs * ABI_OUTPUTS);
  ABI_UNFENCE(out, sizeof *out);

  if (memcmp(frame->inputs, call->inputs, sizeof *call->inputs * count)) {
    call->flags |= ABI_ARRAYS;
    memcpy(frame->inputs, call->inputs, sizeof *call->inputs * count);
  }
  if (memcmp(frame->outputs, call->outputs, sizeof call->outputs)) {
    call->flags |= ABI_ARRAYS;
    memcpy(frame->outputs, call->outputs, sizeof call->outputs);
  }
  for (i = 0; i < n; ++i) {
    if (slots[i].word[1] != poison[i].word[1]) call->flags |= ABI_POISON;
  }
  if (memcmp(slots + n, poison + n, sizeof(AbiSlot) * (count - n))) call->flags |= ABI_POISON;
  if (out[-1].word[1] != MARGIN_WORD) {
    call->flags |= ABI_POISON;
    out[-1].word[1] = MARGIN_WORD;
  }
}

void abi_unfence_calls(void) {
  ABI_UNFENCE(abi_runner.pages, ABI_CALLS * ABI_PAGES * abi_runner.page_area);
}

/* The resource handle of a call: another one for every call, and such that no part of it can be cut off unseen. It looks
 * like an address of a process on any 64-bit target: below 2^47, a multiple of 16, and with bit 46 set. */
static void* handle_of(const AbiCall* call) {
  uint64_t number = (uint64_t)abi_runner.run->mark * ABI_CALLS + (uint64_t)(call - abi_runner.calls) + 1;
  uint64_t bits = number * 0x9e3779b97f4a7c15u << 4; /* the factor is odd: numbers below 2^42 stay different */
  return (void*)(uintptr_t)((bits & 0x3fffffffffffu) | 0x400000000000u);
}

/* Adds to a call what the machine's state shows, and puts it and errno in words into the text of the case. */
static void find_state(AbiCall* call, AbiState* state) {
  abi_state_after(state);
  if (state->control_changed) call->flags |= ABI_FENV_CHANGED;
  call->state |= state->found;
  if (abi_runner.run->options & ABI_TEXTS && (call->state || state->control_changed)) {
    char* text = abi_runner.texts + (uint64_t)abi_runner.run->mark * ABI_TEXT_SIZE;
    int at = abi_state_words(state, text, ABI_TEXT_SIZE);
    snprintf(text + at, ABI_TEXT_SIZE - at, "errno-%d", state->error);
  }
}

/* Makes one call as `op` says with row `row` of its caller, and records what came of it. */
void abi_make_call(AbiCall* call, const AbiOp* op, unsigned row, AbiRecord* record) {
  AbiFrame* frame = &call->frame;
  unsigned who = op->caller == 0xffff ? abi_runner.segment->caller : op->caller;
  AbiState around, *state = op->flags & ABI_STATE ? &around : 0;
  int replaced = op->value_at, outcome, index = ABI_NO_INDEX;
  const AbiSlot* kept = 0;

  if (who != call->who || row != call->which) {
    if (who >= abi_runner.callers->count) abi_fail(EINVAL);
    select_payload(call, who, row);
  }
  if (replaced >= 0) {
    kept = call->in[replaced];
    call->in[replaced] = &abi_runner.pool[op->value];
    call->packed = 0;
  }
  call->flags = call->state = 0;
  call->taken.word[0] = UNTAKEN;
  call->taken.word[1] = UNTAKEN;
  call->status = call->take_status = 0;
  frame->handle = handle_of(call);
  if (state) abi_state_before(state);
  if (op->convention == ABI_PACKED) {
    frame->callee = abi_runner.callee->packed;
    call_packed(call, op, state);
  } else if (op->convention == ABI_UNPACKED) {
    frame->callee = abi_runner.callee->unpacked;
    call_unpacked(call, state);
  } else {
    frame->callee = abi_runner.callee->direct;
    call->caller->direct(frame);
  }
  if (!*abi_runner.alive) _exit(0); /* a stub has forked, and this is what it forked */
  if (state) find_state(call, state);
  if (replaced >= 0) {
    call->in[replaced] = kept;
    call->packed = 0;
  }

  if (!call->status) {
    outcome = call->take_status ? ABI_TAKE_REJECTED : ABI_ACCEPTED;
    if (op->flags & ABI_TAKES && call->taken.word[0] != UNTAKEN) {
      const void* p;
      memcpy(&p, &call->taken, sizeof p);
      call->taken.word[0] = abi_digest((AbiPointee)((op->flags & ABI_TAKES) / ABI_TAKES_STR - 1), p);
    }
  } else {
    outcome = ABI_REJECTED;
    if (call->taken.word[0] != UNTAKEN || call->taken.word[1] != UNTAKEN) call->flags |= ABI_RET;
  }
  if (outcome != ABI_ACCEPTED) index = abi_read_error();
  if (call->flags & ABI_ENTERED && call->row) {
    call->row->taken = op->convention == ABI_UNPACKED ? *((AbiSlot*)call->end[ABI_PAGE_OUT] - 1) : call->taken;
  }
  record->index = (uint16_t)index;
  record->flags = (uint16_t)call->flags;
  record->signal = (uint16_t)(state ? call->state : 0);
  record->ret_code = 0;
  if (op->convention == ABI_PACKED && !call->status) record->ret_code = ((int*)call->end[ABI_PAGE_RET_CODE])[-1];
  record->outcome = (uint16_t)outcome;
}

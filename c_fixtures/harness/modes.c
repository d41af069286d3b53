/* Cases of more than one call. The second thread and the inner call are met where the callee arrives. */
#include "runner.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>

typedef char all_of_them_can_meet[(int)ABI_MOST_TOGETHER <= (int)ABI_MOST_THREADS ? 1 : -1];

/* The op of a matched call beside `op`. */
static const AbiOp* matched_op(const AbiOp* op) {
  AbiOp* matched = &abi_runner.matched;
  *matched = *op;
  matched->caller = 0xffff;
  matched->flags = op->flags & (ABI_DIGEST | ABI_TAKES | ABI_PRESET);
  matched->code_at[0] = matched->code_at[1] = matched->value_at = -1;
  return matched;
}

static AbiWitness* scratch(AbiCall* call) {
  return (AbiWitness*)call->scratch;
}

/* What the other call's flags add to a record. A call that returned 0 and whose body did not run was not rejected, even
 * if its caller could make nothing of what lay in the result. */
static unsigned beside(const AbiRecord* other) {
  unsigned flags = other->flags & ~(unsigned)(ABI_ENTERED | ABI_INNER);
  int returned = other->outcome == ABI_TAKE_REJECTED && !(other->flags & ABI_ENTERED);
  return other->outcome == ABI_ACCEPTED || returned ? flags : flags | ABI_INNER;
}

void abi_after(const AbiOp* op, AbiRecord* record) {
  AbiCall* second = &abi_runner.calls[1];
  AbiRecord other;
  abi_make_call(abi_runner.call, op, op->row, record);
  second->row = scratch(second);
  second->looks_for_error = 1;
  abi_runner.call = second;
  abi_make_call(second, matched_op(op), 0, &other);
  second->looks_for_error = 0;
  record->flags |= other.outcome == ABI_ACCEPTED ? other.flags & ABI_STALE : ABI_INNER;
}

/* How many calls are made inside each other, or on threads. */
static int together(const AbiOp* op) {
  if (op->flags & ABI_COUNT || !op->count) return 2;
  if (op->count < 2 || op->count > ABI_MOST_TOGETHER) abi_fail(EINVAL);
  return op->count;
}

/* Makes the next call inside one: of the op itself at the last level, else another matched one. */
static void make_inner_call(AbiCall* outer) {
  AbiCall* inner = outer + 1;
  const AbiOp* op = outer->op;
  int is_last = inner == &abi_runner.calls[together(op) - 1];
  inner->op = op;
  inner->row = 0;
  inner->on_arrival = is_last ? 0 : make_inner_call;
  abi_runner.call = inner;
  abi_make_call(inner, is_last ? op : &abi_runner.matched, is_last ? op->value : op->row, &inner->record);
  abi_runner.call = outer;
}

void abi_nested(const AbiOp* op, AbiRecord* record) {
  AbiCall* outer = abi_runner.call;
  int levels = together(op), i;
  outer->op = op;
  outer->on_arrival = make_inner_call;
  for (i = 1; i < levels; ++i) {
    outer[i].record.outcome = ABI_NOT_RUN;
    outer[i].record.flags = 0;
  }
  abi_make_call(outer, matched_op(op), op->row, record);
  for (i = 1; i < levels; ++i) record->flags |= beside(&outer[i].record);
}

static int thread_of(const AbiCall* call) {
  return (int)(call - abi_runner.calls);
}

static void* thread_main(void* argument) {
  AbiCall* call = argument;
  pthread_setspecific(abi_runner.key, call);
  abi_signal_stack(abi_runner.thread_stacks + ABI_MOST_TOGETHER * ABI_THREAD_STACK + thread_of(call) * ABI_SIGNAL_STACK,
                   ABI_SIGNAL_STACK);
  abi_make_call(call, &abi_runner.matched, call->thread_row, &call->record);
  abi_meet(thread_of(call), ABI_AT_THE_END);
  return 0;
}

static void start(pthread_t* thread, AbiCall* call, unsigned row) {
  pthread_attr_t attr;
  int error = pthread_attr_init(&attr);
  call->thread_row = row;
  if (!error) {
    char* stack = abi_runner.thread_stacks + thread_of(call) * ABI_THREAD_STACK;
    error = pthread_attr_setstack(&attr, stack + abi_runner.page, ABI_THREAD_STACK - abi_runner.page);
  }
  if (!error) error = pthread_create(thread, &attr, thread_main, call);
  if (error) abi_fail(error);
  pthread_attr_destroy(&attr);
}

/* Keeps this thread, and those that it starts, on the processor where it is; gives those that it might use, none where
 * that cannot be. Threads that wait for each other in turns lose most of their time where each wakes another processor. */
static cpu_set_t stay_here(void) {
  cpu_set_t before, here;
  int cpu = sched_getcpu();
  CPU_ZERO(&here);
  if (cpu < 0 || sched_getaffinity(0, sizeof before, &before)) return here;
  CPU_SET(cpu, &here);
  if (sched_setaffinity(0, sizeof here, &here)) CPU_ZERO(&before);
  return before;
}

/* Makes the first `count` calls on threads of their own, with one row and the other in turns. */
static void on_threads(int count, unsigned row, unsigned other_row) {
  cpu_set_t cpus = stay_here();
  pthread_t ids[ABI_MOST_TOGETHER];
  int i;
  abi_begin_meetings(count);
  abi_runner.threads = 1;
  for (i = 0; i < count; ++i) start(&ids[i], &abi_runner.calls[i], i % 2 ? other_row : row);
  for (i = 0; i < count; ++i) pthread_join(ids[i], 0);
  abi_runner.threads = 0;
  if (CPU_COUNT(&cpus)) sched_setaffinity(0, sizeof cpus, &cpus);
}

static void hold(AbiCall* call) {
  abi_meet(thread_of(call), 1);
}

void abi_concurrent(const AbiOp* op, AbiRecord* record) {
  AbiCall* calls = abi_runner.calls;
  int n = abi_runner.callee->num_args, count = together(op), i;
  matched_op(op);
  for (i = 0; i < count; ++i) {
    calls[i].row = abi_next_row(n);
    calls[i].on_arrival = hold;
  }
  on_threads(count, op->row, op->value);
  *record = calls[0].record;
  for (i = 1; i < count; ++i) record->flags |= beside(&calls[i].record);
}

static const char* last_error(void) {
  const char* text = abi_runner.callers->last_error ? abi_runner.callers->last_error() : 0;
  return text ? text : "";
}

/* Rejects a call, and reads its error; the text of it stays as it is while the other thread reads its own. */
static void reject_and_read(AbiCall* outer) {
  AbiCall* inner = &abi_runner.calls[ABI_CALLS - 1];
  const char* text;
  char before[ABI_TEXT_SIZE] = "";
  inner->row = 0;
  abi_meet(0, 1); /* from here on the other thread does nothing that could clear an error */
  pthread_setspecific(abi_runner.key, inner);
  abi_make_call(inner, outer->op, outer->op->row, &inner->record);
  pthread_setspecific(abi_runner.key, outer);
  text = last_error();
  memcpy(before, text, strnlen(text, sizeof before - 1));
  abi_meet(0, 2);
  abi_meet(0, 3);
  if (strncmp(before, text, sizeof before - 1)) outer->flags |= ABI_STALE;
  if (inner->record.outcome != ABI_ACCEPTED) inner->record.index = (uint16_t)abi_read_error();
}

static void look_for_error(AbiCall* call) {
  const char* text;
  abi_meet(1, 1);
  abi_meet(1, 2);
  text = abi_runner.callees->last_error ? abi_runner.callees->last_error() : 0;
  if (text && *text) call->flags |= ABI_STALE;
  abi_meet(1, 3);
}

void abi_own_error(const AbiOp* op, AbiRecord* record) {
  AbiCall* first = &abi_runner.calls[0];
  AbiCall* second = &abi_runner.calls[1];
  AbiCall* inner = &abi_runner.calls[ABI_CALLS - 1];
  matched_op(op);
  first->op = op;
  first->row = scratch(first);
  second->row = scratch(second);
  first->on_arrival = reject_and_read;
  second->on_arrival = look_for_error;
  inner->record.outcome = ABI_NOT_RUN;
  on_threads(2, op->row, op->row);
  *record = inner->record;
  if (record->outcome == ABI_NOT_RUN) { /* the outer call never arrived */
    *record = first->record;
    record->flags |= ABI_INNER;
  }
  if ((first->record.flags | second->record.flags) & ABI_STALE) record->flags |= ABI_INNER;
}

static void protect(int protection) {
  if (mprotect(abi_runner.released, abi_runner.run->released_size, protection)) abi_fail(errno);
}

/* Gives this child pages of its own in place of those of released payloads, which all share, and keeps a copy. */
static void take_over(void) {
  size_t size = abi_runner.run->released_size;
  int protection = PROT_READ | PROT_WRITE, flags = MAP_PRIVATE | MAP_ANONYMOUS;
  char* kept = mmap(0, size, protection, flags, -1, 0);
  if (kept == MAP_FAILED) abi_fail(errno);
  ABI_UNFENCE(abi_runner.released, size); /* for good: this child overwrites all of it */
  memcpy(kept, abi_runner.released, size);
  if (mmap(abi_runner.released, size, protection, flags | MAP_FIXED, -1, 0) == MAP_FAILED) abi_fail(errno);
  abi_runner.kept = kept;
}

/* Fills the pages of released payloads with words that as pointers lead to a no-access page, and as texts end. */
static void overwrite(void) {
  const AbiRun* run = abi_runner.run;
  uint64_t word = run->guard_pages + ABI_MAX_ARGS * (uint64_t)abi_runner.page + (uint64_t)abi_runner.page / 2 + 0xdb;
  size_t done, size = run->released_size;
  if (!abi_runner.kept) take_over();
  protect(PROT_READ | PROT_WRITE);
  abi_runner.is_released = 1;
  memcpy(abi_runner.released, &word, sizeof word);
  for (done = sizeof word; done < size; done *= 2) {
    memcpy(abi_runner.released + done, abi_runner.released, done < size - done ? done : size - done);
  }
}

void abi_restore(void) {
  if (!abi_runner.is_released) return;
  protect(PROT_READ | PROT_WRITE);
  memcpy(abi_runner.released, abi_runner.kept, abi_runner.run->released_size);
  protect(PROT_READ);
  abi_runner.is_released = 0;
}

/* Makes a call with one argument too few. Its rejection is not judged here: it is made because to reject it, or to word
 * the error, a runtime may follow a pointer that it has kept. */
static void reject(AbiCall* call, const AbiOp* op, AbiRecord* record) {
  AbiOp few = *matched_op(op);
  few.flags |= ABI_COUNT;
  few.count = abi_runner.callee->num_args - 1;
  call->row = scratch(call);
  abi_make_call(call, &few, op->row, record);
}

void abi_released(const AbiOp* op, AbiRecord* record) {
  AbiCall* later = &abi_runner.calls[1];
  AbiRecord other;
  char error[ABI_TEXT_SIZE] = "";
  abi_make_call(abi_runner.call, op, op->row, record);
  if (record->outcome != ABI_ACCEPTED) memcpy(error, last_error(), strnlen(last_error(), sizeof error - 1));
  overwrite();
  if (*error && strncmp(error, last_error(), sizeof error - 1)) record->flags |= ABI_STALE;
  protect(PROT_NONE);
  later->on_arrival = 0;
  abi_runner.call = later;
  reject(later, op, &other);
  later->row = 0;
  abi_make_call(later, matched_op(op), op->row, &other);
  record->flags |= beside(&other);
  abi_restore();
}

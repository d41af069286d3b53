/* A child: puts itself where a stub can do no harm, and runs cases until one ends it. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runner.h"

#ifndef SI_KERNEL
#define SI_KERNEL 128
#endif

/* How far up addresses count as null, and how far below its beginning as the stack: an emulator gives one of 8 MiB,
 * whatever limit it is told. */
enum { NULL_AREA = 64 << 10, STACK_AREA = 9 << 20 };

static const uint16_t region_of_page[ABI_PAGES] = {
    ABI_AT_ARGS, ABI_AT_CODES, ABI_AT_RET, ABI_AT_RET, ABI_AT_SLOT, ABI_AT_SLOT, ABI_AT_SLOT, ABI_AT_SLOT,
};
static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};
static char signal_stack[ABI_SIGNAL_STACK];

static int region(uintptr_t address) {
  AbiRun* run = abi_runner.run;
  uintptr_t page = (uintptr_t)abi_runner.page;
  uintptr_t at = address - (uintptr_t)abi_runner.pages;
  if (at < ABI_CALLS * ABI_PAGES * abi_runner.page_area && at % abi_runner.page_area >= abi_runner.page_area - page) {
    return region_of_page[at / abi_runner.page_area % ABI_PAGES];
  }
  at = address - (uintptr_t)run->guard_pages;
  if (at < ABI_MAX_ARGS * page) return (int)(at / page);
  if (abi_runner.is_released && at < (ABI_MAX_ARGS + 1) * page) return ABI_AT_RELEASED;
  at = address - (uintptr_t)abi_runner.released;
  if (abi_runner.is_released && at < run->released_size) return ABI_AT_RELEASED;
  at = address - (uintptr_t)run;
  if (at >= run->program_begin && at < run->program_end) return ABI_AT_PROGRAM;
  if (address < NULL_AREA) return ABI_AT_NULL;
  if (address < abi_runner.stack_end && address >= abi_runner.stack_end - STACK_AREA) return ABI_AT_STACK;
  if (address - (uintptr_t)abi_runner.thread_stacks < ABI_MOST_TOGETHER * ABI_THREAD_STACK) return ABI_AT_STACK;
  return ABI_ELSEWHERE;
}

/* Takes down what happened; then either goes on with the next case or lets the signal take its course. */
static void on_signal(int number, siginfo_t* info, void* context) {
  AbiRun* run = abi_runner.run;
  uint32_t at = run->mark;
  (void)context;
  if (at < run->num_cases && *abi_runner.alive) {
    AbiRecord* record = &abi_runner.records[at];
    int moved = number == SIGSEGV || number == SIGBUS;
    int fault = info->si_code > 0 && (moved || number == SIGILL || number == SIGFPE);
    record->outcome = fault ? ABI_FAULT : ABI_DIED;
    record->index = ABI_NO_INDEX;
    if (fault) record->index = ABI_ELSEWHERE;
    /* Where the address is not canonical, x86 gives none. */
    if (fault && moved && info->si_code != SI_KERNEL) record->index = (uint16_t)region((uintptr_t)info->si_addr);
    record->flags = (uint16_t)abi_runner.call->flags;
    record->signal = (uint16_t)number;
    record->ret_code = (int)(abi_runner.call->state & ABI_STACK);
    int guarded = run->options & ABI_GUARD && record->index != ABI_AT_RELEASED; /* this child would read it again */
    if (fault && guarded && !abi_runner.threads && syscall(SYS_gettid) == abi_runner.child) {
      ++run->guarded;
      if (!moved || record->index == ABI_ELSEWHERE || record->index == ABI_AT_STACK) ++run->unattributed_faults;
      run->mark = at + 1;
      siglongjmp(abi_runner.next, 1);
    }
  }
  signal(number, SIG_DFL);
  raise(number);
}

static void take_signals(void) {
  struct sigaction action;
  unsigned i;
  int number;
  for (number = 1; number < 32; ++number) signal(number, SIG_DFL);
  sigemptyset(&action.sa_mask);
  sigprocmask(SIG_SETMASK, &action.sa_mask, 0);
  sigfillset(&action.sa_mask);
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  action.sa_sigaction = on_signal;
  abi_signal_stack(signal_stack, sizeof signal_stack);
  for (i = 0; i < sizeof fatal / sizeof *fatal; ++i) sigaction(fatal[i], &action, 0);
}

static void limit(int resource, uint64_t wanted) {
  struct rlimit both;
  if (getrlimit(resource, &both)) return;
  if (both.rlim_max == RLIM_INFINITY || both.rlim_max > wanted) both.rlim_max = (rlim_t)wanted;
  both.rlim_cur = both.rlim_max;
  setrlimit(resource, &both);
}

static void close_the_rest(void) {
  int fd;
  for (fd = 0; fd < 3; ++fd) dup2(abi_runner.null_device, fd);
  if (syscall(SYS_close_range, 3u, ~0u, 0u) == 0) return;
  for (fd = (int)sysconf(_SC_OPEN_MAX) - 1; fd > 2; --fd) close(fd);
}

static void confine_child(int parent) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (getppid() != parent) _exit(0);
  close_the_rest();
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 1 << 20);
  limit(RLIMIT_CPU, 3600);
  limit(RLIMIT_STACK, abi_runner.stack_limit);
  limit(RLIMIT_AS, abi_runner.memory_limit);
  take_signals();
}

static void run_case(void) {
  AbiRun* run = abi_runner.run;
  uint32_t at = run->mark;
  const AbiSegment* segment = abi_runner.segment;
  const AbiOp* op;
  AbiCall* call = abi_runner.calls;
  AbiRecord* record = &abi_runner.records[at];

  while (at - segment->first_case >= segment->num_ops) {
    abi_runner.segment = ++segment;
    abi_runner.callee = &abi_runner.callees->callees[segment->callee];
  }
  op = &abi_runner.ops[segment->first_op + (at - segment->first_case)];
  abi_runner.op = op;
  abi_runner.call = call;
  abi_runner.harness.result = &abi_runner.pool[op->result];
  abi_runner.row_of[at] = ABI_NOBODY;
  call->row = 0;
  call->on_arrival = 0;
  switch (op->mode) {
    case ABI_PLAIN: abi_make_call(call, op, op->row, record); break;
    case ABI_AFTER: abi_after(op, record); break;
    case ABI_NESTED: abi_nested(op, record); break;
    case ABI_CONCURRENT: abi_concurrent(op, record); break;
    case ABI_OWN_ERROR: abi_own_error(op, record); break;
    case ABI_RELEASED: abi_released(op, record); break;
    default: abi_fail(EINVAL);
  }
  run->mark = at + 1;
}

/* Runs the cases from the mark on. Never returns. */
void abi_child(int parent) {
  AbiReport* report = (AbiReport*)((char*)abi_runner.run + abi_runner.run->report);
  int i;
  confine_child(parent);
  abi_runner.child = getpid();
  *abi_runner.alive = 1;
  abi_take_report((char*)report->text, sizeof report->text);
  abi_runner.segment = abi_runner.segments;
  abi_runner.callee = &abi_runner.callees->callees[abi_runner.segment->callee];
  if (sigsetjmp(abi_runner.next, 1)) abi_unfence_calls();
  /* Here, and after every guarded fault: nothing that was half done counts. */
  for (i = 0; i < ABI_CALLS; ++i) {
    abi_runner.calls[i].who = ABI_NOBODY;
    abi_runner.calls[i].looks_for_error = 0;
  }
  abi_restore();
  while (abi_runner.run->mark < abi_runner.run->num_cases) run_case();
  _exit(0);
}

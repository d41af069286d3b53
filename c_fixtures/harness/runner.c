/* The batch runner: has children run the cases, and takes down what becomes of a child that does not come through. */
#include "runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

enum { CHILD_STACK = 1 << 20, CHILD_MEMORY = 1 << 30 };

/* ------------------------------------------------------------------------------------------------- preparation */

static const char* contents(const char* path) {
  static char text[2048];
  ssize_t size = 0;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd >= 0) {
    size = read(fd, text, sizeof text - 1);
    close(fd);
  }
  text[size > 0 ? size : 0] = 0;
  return text;
}

static void* map(size_t size, int protection) {
  void* p = mmap(0, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return p == MAP_FAILED ? 0 : p;
}

/* Where the main thread's stack begins. The kernel counts its limit from there, over the environment's strings. */
static uintptr_t find_stack_end(void) {
  enum { STATE = 3, ENV_END = 51 }; /* fields of /proc/self/stat */
  const char* text = strrchr(contents("/proc/self/stat"), ')');
  uint64_t found = 0, page = (uint64_t)abi_runner.page;
  int field;
  for (field = STATE - 1; text && field < ENV_END; ++field) text = strchr(text + 1, ' ');
  if (text) found = strtoull(text, 0, 10);
  if (!found) found = (uintptr_t)&found + (128 << 10); /* an old kernel: what an environment may take */
  return (uintptr_t)((found + 2 * page - 1) / page * page);
}

static int lay_out_pages(void) {
  size_t page = (size_t)abi_runner.page, room = ABI_MARGIN + sizeof(AbiSlot) * ABI_MOST_COPIED, i, k;
  size_t area = abi_runner.page_area = (room + page - 1) / page * page + page;
  char* at = map(ABI_CALLS * ABI_PAGES * area, PROT_NONE);
  if (!at) return ENOMEM;
  abi_runner.pages = at;
  for (i = 0; i < ABI_CALLS; ++i) {
    AbiCall* call = &abi_runner.calls[i];
    for (k = 0; k < ABI_PAGES; ++k) {
      char* end = call->end[k] = at + area - page;
      char* begin = k == ABI_PAGE_ARGS || k == ABI_PAGE_CODES || k == ABI_PAGE_SLOTS ? at : end - page;
      if (mprotect(begin, (size_t)(end - begin), PROT_READ | PROT_WRITE)) return errno;
      memset(end - page, ABI_MARGIN_BYTE, page);
      at += area;
    }
  }
  return 0;
}

/* What is the same for all runs of a process. */
static int prepare_once(void) {
  static int error = -1;
  int i;
  if (error >= 0) return error;
  abi_runner.page = sysconf(_SC_PAGESIZE);
  abi_runner.parent = getppid();
  abi_runner.null_device = open("/dev/null", O_RDWR | O_CLOEXEC);
  abi_runner.alive = map((size_t)abi_runner.page, PROT_READ | PROT_WRITE);
  abi_runner.thread_stacks = map(ABI_MOST_TOGETHER * (ABI_THREAD_STACK + ABI_SIGNAL_STACK), PROT_READ | PROT_WRITE);
  if (abi_runner.null_device < 0 || !abi_runner.alive || !abi_runner.thread_stacks) return error = errno;
  if (madvise(abi_runner.alive, (size_t)abi_runner.page, MADV_WIPEONFORK)) return error = errno;
  for (i = 0; i < ABI_MOST_TOGETHER; ++i) {
    mprotect(abi_runner.thread_stacks + i * ABI_THREAD_STACK, (size_t)abi_runner.page, PROT_NONE);
  }
  abi_runner.stack_end = find_stack_end();
  abi_witness_start();
  prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  if ((error = pthread_key_create(&abi_runner.key, 0)) != 0) return error;
  return error = lay_out_pages();
}

/* Binds the entries of generic stubs to the signatures of this run. */
static int bind(AbiRun* run, const AbiSide* side) {
  char* base = (char*)run;
  AbiTable* table = &abi_runner.table;
  if (!side->bind) return 0;
  if (!run->num_signatures || run->num_signatures > side->count || run->num_specs > ABI_MOST_SPECS) return EINVAL;
  table->signatures = (const AbiSignature*)(base + run->signatures);
  table->params = (const AbiParam*)(base + run->params);
  table->specs = (const AbiDeclared*)(base + run->specs);
  table->dims = (const int64_t*)(base + run->dims);
  table->count = run->num_signatures;
  table->num_specs = run->num_specs;
  side->bind(table);
  return 0;
}

static void fence(AbiRun* run) {
  const AbiFenced* fenced = (const AbiFenced*)((char*)run + run->fences);
  const AbiFenced* end = fenced + run->num_fences;
  for (; fenced < end; ++fenced) ABI_FENCE((char*)run + fenced->at, fenced->size);
}

static int prepare(AbiRun* run, const AbiSide* callers, const AbiSide* callees) {
  char* base = (char*)run;
  uint64_t memory;
  uint32_t i, slots = run->row_slots + ABI_MORE_SLOTS;
  int k, error = prepare_once();
  if (error) return error;
  if (run->magic != ABI_RUN_MAGIC || slots > ABI_SLOTS) return EINVAL;
  if (callers->version != ABI_SIDE_VERSION || callees->version != ABI_SIDE_VERSION) return EINVAL;
  if (callers->value_size % 8 || callers->value_size > sizeof(AbiSlot) || !callers->callers || !callees->callees) {
    return EINVAL;
  }
  if ((error = bind(run, callers)) != 0 || (error = bind(run, callees)) != 0) return error;
  abi_runner.run = run;
  abi_runner.callers = callers;
  abi_runner.callees = callees;
  abi_runner.segments = (const AbiSegment*)(base + run->segments);
  abi_runner.ops = (const AbiOp*)(base + run->ops);
  abi_runner.rows = (const AbiSlot*)(base + run->rows);
  abi_runner.pool = (const AbiSlot*)(base + run->pool);
  abi_runner.poison = (const AbiSlot*)(base + run->poison);
  abi_runner.presets = (const AbiPreset*)(base + run->presets);
  abi_runner.records = (AbiRecord*)(base + run->records);
  abi_runner.row_of = (uint32_t*)(base + run->row_of);
  abi_runner.texts = base + run->texts;
  abi_runner.witness = base + run->witness;
  abi_runner.released = base + run->released;
  for (i = 0; i < run->num_segments; ++i) {
    const AbiSegment* segment = &abi_runner.segments[i];
    if (segment->callee >= callees->count || segment->caller >= callers->count) return EINVAL;
  }
  for (i = 0; i < callers->count; ++i) {
    if ((uint32_t)callers->callers[i].num_args > run->row_slots) return EINVAL;
  }

  abi_runner.harness.arrive = abi_arrive;
  abi_runner.harness.enter = abi_enter;
  abi_runner.harness.look = abi_look;
  *callers->harness = *callees->harness = &abi_runner.harness;
  for (k = 0; k < ABI_CALLS; ++k) {
    AbiCall* call = &abi_runner.calls[k];
    char* guard = (char*)(uintptr_t)run->guard_pages;
    memset(call->values, ABI_MARGIN_BYTE, sizeof call->values);
    memset(call->codes, ABI_MARGIN_BYTE, sizeof call->codes);
    call->frame.in = call->in;
    call->frame.taken = &call->taken;
    for (i = 0; i < slots; ++i) call->inputs[i] = (AbiSlot*)call->end[ABI_PAGE_SLOTS] - slots + i;
    for (i = 1; i < ABI_OUTPUTS; ++i) call->outputs[i] = guard;
    call->outputs[0] = (AbiSlot*)call->end[ABI_PAGE_OUT] - 1;
    memcpy((void**)call->end[ABI_PAGE_INPUTS] - slots, call->inputs, sizeof *call->inputs * slots);
    memcpy(call->end[ABI_PAGE_OUTPUTS] - sizeof call->outputs, call->outputs, sizeof call->outputs);
  }

  abi_runner.stack_limit = abi_runner.stack_end - (uintptr_t)&memory + CHILD_STACK;
  memory = strtoull(contents("/proc/self/statm"), 0, 10) * (uint64_t)abi_runner.page;
  abi_runner.memory_limit = memory ? memory + CHILD_MEMORY : (uint64_t)RLIM_INFINITY;
  if (mprotect(base + run->program_begin, run->program_end - run->program_begin, PROT_READ)) return errno;
  fence(run);
  return 0;
}

/* ---------------------------------------------------------------------------------------------------- one child */

static int64_t milliseconds(clockid_t clock) {
  struct timespec now;
  if (clock_gettime(clock, &now)) return 0;
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Waits for at most `ms` until the child ends. */
static int has_ended(int fd, pid_t child, int ms) {
  if (fd >= 0) {
    struct pollfd ended;
    ended.fd = fd;
    ended.events = POLLIN;
    ended.revents = 0;
    return poll(&ended, 1, ms) > 0;
  }
  while (ms-- > 0) { /* a kernel before 5.3, or an emulator */
    struct timespec step = {0, 1000000};
    siginfo_t info;
    info.si_pid = 0;
    if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid) return 1;
    nanosleep(&step, 0);
  }
  return 0;
}

/* Whether a process would run if the machine had time for it. */
static int is_runnable(pid_t process) {
  char path[64];
  const char* state;
  snprintf(path, sizeof path, "/proc/%ld/stat", (long)process);
  state = strrchr(contents(path), ')');
  return state && (state[2] == 'R' || state[2] == 'D');
}

/* Whether a child without progress for `waited` ms, of which it `ran` for some, hangs. On a busy machine it may only have
 * had no turn: so what counts is its own time, and the clock only for one that sleeps. */
static int hangs(pid_t child, int64_t waited, int64_t ran, int limit) {
  if (waited < limit) return 0;
  return ran >= limit || waited >= 40 * (int64_t)limit || (waited >= 2 * (int64_t)limit && !is_runnable(child));
}

/* Waits for a child and gives its status. One that makes no progress is killed; `stuck` is the case that it did not leave. */
static int watch(pid_t child, int limit, uint32_t* stuck) {
  AbiRun* run = abi_runner.run;
  clockid_t cpu = (clockid_t)(~(unsigned)child << 3 | 2); /* the kernel's name for a process's clock */
  int fd = (int)syscall(SYS_pidfd_open, child, 0u), status = 0, step = limit / 4;
  int64_t since = milliseconds(CLOCK_MONOTONIC), used = 0;
  uint32_t last = run->mark;
  *stuck = ABI_NOBODY;
  if (step < 1) step = 1;
  if (step > 100) step = 100;
  while (!has_ended(fd, child, step)) {
    int64_t now = milliseconds(CLOCK_MONOTONIC);
    if (getppid() != abi_runner.parent) _exit(0); /* nobody waits for this any more; the child dies with us */
    if (run->mark != last) {
      last = run->mark;
      since = now;
      used = milliseconds(cpu);
    } else if (hangs(child, now - since, milliseconds(cpu) - used, limit)) {
      *stuck = last;
      kill(child, SIGKILL);
      break;
    }
  }
  if (fd >= 0) close(fd);
  kill(-child, SIGKILL); /* what it has forked; its own number is free only once it is waited for */
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
  return status;
}

/* What stubs have forked and taken out of the child's group is the runner's own child by now. */
static void end_stragglers(void) {
  siginfo_t info;
  while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0) { /* there are children */
    char path[64];
    const char* list;
    char* rest;
    pid_t child;
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)syscall(SYS_gettid));
    list = contents(path);
    do {
      child = (pid_t)strtol(list, &rest, 10);
      list = rest;
    } while (child && child == abi_runner.reserved_child);
    if (child <= 0 || kill(child, SIGKILL)) return;
    waitpid(child, 0, 0);
  }
}

void abi_reserve_child(int child) {
  abi_runner.reserved_child = child;
}

static int is_fault(int number) {
  return number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE;
}

/* Takes down how a child ended that did not come through. Returns whether the case is rather to be run again, in a fresh
 * child: somebody else killed this one, or a case before left it without our handlers (`noted` is what they leave) or
 * with the damage of a guarded fault. */
static int record_child_death(int status, uint32_t stuck, int first_attempt, int fresh, int guarded) {
  AbiRun* run = abi_runner.run;
  uint32_t at = run->mark, *row_of = &abi_runner.row_of[at];
  AbiRecord* record = &abi_runner.records[at];
  int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  int noted = number && record->signal == number && (record->outcome == ABI_FAULT || record->outcome == ABI_DIED);
  AbiReport* report = (AbiReport*)((char*)run + run->report);
  int killed = number == SIGKILL && stuck == ABI_NOBODY;
  if (killed) ++run->killed;
  if (first_attempt && (killed || guarded || (is_fault(number) && !noted && !fresh))) {
    if (*row_of != ABI_NOBODY) run->witness_used = (uint64_t)*row_of * sizeof(AbiSlot);
    *row_of = ABI_NOBODY;
    memset(record, ABI_NOT_RUN & 0xff, sizeof *record);
    return 1;
  }
  if (!noted) {
    record->outcome = stuck != ABI_NOBODY ? ABI_HUNG : is_fault(number) ? ABI_FAULT : ABI_DIED;
    record->index = record->outcome == ABI_FAULT ? ABI_ELSEWHERE : ABI_NO_INDEX;
    record->flags = 0;
    record->signal = (uint16_t)(stuck != ABI_NOBODY ? 0 : number);
    record->ret_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    if (abi_was_reported(status)) {
      report->at = at;
      record->index = abi_is_about_memory((char*)report->text) ? ABI_REPORTED_ACCESS : ABI_REPORTED;
      record->ret_code = 0;
    }
  }
  if (*row_of != ABI_NOBODY) record->flags |= ABI_ENTERED;
  run->mark = at + 1;
  return 0;
}

/* A child, or -1. */
static pid_t fork_child(void) {
  struct timespec pause = {0, 20000000};
  pid_t self = getpid(), child = -1;
  int attempts;
  for (attempts = 0; attempts < 50; ++attempts) {
    child = fork();
    if (child == 0) abi_child(self);
    if (child > 0 || errno != EAGAIN) break;
    nanosleep(&pause, 0);
  }
  if (child > 0) setpgid(child, child); /* as the child does: whoever comes first */
  return child;
}

int abi_run(AbiRun* run, const AbiSide* callers, const AbiSide* callees) {
  uint32_t again = ABI_NOBODY; /* the case that is run a second time */
  int limit = (int)run->hang_ms, hung = 0;
  int error = prepare(run, callers, callees);
  if (error) run->failed = (uint32_t)error;
  while (!run->failed && run->mark < run->num_cases) {
    uint32_t first = run->mark, guarded = run->guarded, stuck;
    pid_t child;
    int status;
    if (getppid() != abi_runner.parent) _exit(0);
    ++run->forks; /* before the child can end this process: by this count a client tells a case from a failure to load */
    child = fork_child();
    if (child < 0) {
      --run->forks;
      run->failed = (uint32_t)errno;
      break;
    }
    status = watch(child, limit, &stuck);
    if (run->failed || run->mark >= run->num_cases) break;
    if (stuck != ABI_NOBODY && stuck != run->mark) continue; /* it moved on just before it was killed */
    if (record_child_death(status, stuck, again != run->mark, first == run->mark, guarded != run->guarded)) {
      again = run->mark;
    }
    if (stuck == ABI_NOBODY) continue;
    if (++hung == ABI_MOST_HANGS) break;
    limit = (int)run->hang_ms / 8 + 1;
  }
  end_stragglers();
  ABI_UNFENCE((char*)run + run->program_begin, run->program_end - run->program_begin);
  mprotect((char*)run + run->program_begin, run->program_end - run->program_begin, PROT_READ | PROT_WRITE);
  return (int)run->failed;
}

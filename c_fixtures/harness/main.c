/* The runner as a program: a process so small that forking it costs little. It loads sides and runs what lies in shared
 * memory, as its parent asks through a socket, and ends when that closes.
 *
 *     runner CONTROL SHARED BASE GUARD_PAGES      two descriptors and two addresses (decimal)
 */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "runner.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/* Few libraries stay loaded: every fork copies their mappings, and that takes longer than to load one again. */
enum { RUN = 1, LAYOUT = 2, MOST_LOADED = 8, MOST_PATH = 4096, LOAD_SECONDS = 5 };

/* A request, followed by the paths of the sides (of LAYOUT the first alone), each with its final zero. */
typedef struct Request {
  uint32_t verb;
  uint32_t caller, callee; /* lengths of the paths */
  uint32_t unused;
  uint64_t size; /* of the shared memory */
} Request;

/* An answer, followed by `length` bytes: the layout's words; where `failed` is negative, a sentence. */
typedef struct Answer {
  int32_t failed;
  uint32_t length;
} Answer;

typedef struct Library {
  char* path;
  void* handle;
  uint64_t last_use;
} Library;

static int control, shared;
static char *base, *guard_pages;
static uint64_t mapped, uses;
static Library loaded[MOST_LOADED];

static void get(void* to, size_t size) {
  char* p = to;
  while (size) {
    ssize_t got = read(control, p, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) exit(0);
    p += got;
    size -= (size_t)got;
  }
}

static void put(const void* from, size_t size) {
  const char* p = from;
  while (size) {
    ssize_t got = write(control, p, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) exit(0);
    p += got;
    size -= (size_t)got;
  }
}

static void answer(int failed, const void* data, size_t length) {
  Answer head;
  head.failed = failed;
  head.length = (uint32_t)length;
  put(&head, sizeof head);
  put(data, length);
}

static void complain(const char* what, const char* why) {
  char text[2 * MOST_PATH];
  snprintf(text, sizeof text, "%s: %s", what, why);
  answer(-1, text, strlen(text));
}

/* The side in a library, loaded now or before; null after a complaint. */
static const AbiSide* side(const char* path) {
  Library* oldest = loaded;
  const AbiSide* found;
  char what[MOST_PATH + 32];
  int i;
  for (i = 0; i < MOST_LOADED; ++i) {
    Library* one = &loaded[i];
    if (one->path && !strcmp(one->path, path)) break;
    if (one->last_use < oldest->last_use) oldest = one;
  }
  if (i < MOST_LOADED) {
    oldest = &loaded[i];
  } else {
    void* handle;
    alarm(LOAD_SECONDS);
    handle = dlopen(path, ABI_LOADING);
    alarm(0);
    if (!handle) {
      snprintf(what, sizeof what, "cannot load %s", path);
      complain(what, dlerror());
      return 0;
    }
    if (oldest->path) {
      free(oldest->path);
      dlclose(oldest->handle);
    }
    oldest->path = strdup(path);
    oldest->handle = handle;
  }
  oldest->last_use = ++uses;
  found = dlsym(oldest->handle, "abi_side");
  if (!found) complain(path, "this library has no abi_side");
  return found;
}

/* Has the shared memory mapped where its pointers say. */
static int map_memory(uint64_t size) {
  if (size == mapped) return 0;
  if (mapped) munmap(base, mapped);
  mapped = 0;
  if (mmap(base, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, shared, 0) != base) return ENOMEM;
  mapped = size;
  return 0;
}

static void serve(void) {
  static char caller[MOST_PATH], callee[MOST_PATH];
  Request request;
  const AbiSide *callers, *callees;
  get(&request, sizeof request);
  if (request.caller > MOST_PATH || request.callee > MOST_PATH) exit(1);
  get(caller, request.caller);
  get(callee, request.callee);
  callers = side(caller);
  if (!callers) return;
  if (request.verb == LAYOUT) {
    answer(0, callers->layout, callers->num_layout * sizeof *callers->layout);
    return;
  }
  callees = side(callee);
  if (!callees) return;
  if (map_memory(request.size)) {
    complain("shared memory", "its address is taken");
    return;
  }
  answer(abi_run((AbiRun*)base, callers, callees), 0, 0);
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  control = atoi(argv[1]);
  shared = atoi(argv[2]);
  base = (char*)(uintptr_t)strtoull(argv[3], 0, 10);
  guard_pages = (char*)(uintptr_t)strtoull(argv[4], 0, 10);
  if (mmap(guard_pages, (size_t)(base - guard_pages), PROT_NONE,
           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0) != guard_pages) {
    return 3;
  }
  answer(0, 0, 0);
  for (;;) serve();
}

#ifdef ABI_NO_CRT /* the embedded compiler has no start-up code of its own */
int __libc_start_main(int (*main)(int, char**), int argc, char** argv, void (*init)(void), void (*fini)(void),
                      void (*rtld_fini)(void), void* stack_end);

void abi_start(long* stack, void (*rtld_fini)(void)) {
  __libc_start_main(main, (int)stack[0], (char**)(stack + 1), 0, 0, rtld_fini, stack);
}

__asm__(
    ".globl _start\n"
    "_start:\n"
    "  xor %rbp, %rbp\n"
    "  mov %rsp, %rdi\n"
    "  mov %rdx, %rsi\n"
    "  and $-16, %rsp\n"
    "  call abi_start\n");
#endif

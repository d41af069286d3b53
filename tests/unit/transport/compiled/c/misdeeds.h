/* What a stub can do to its process. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* libtcc drops a read that nobody uses, and takes 32 bits of a constant address. */
static volatile char sink;
static void touch(const volatile void* p) { sink = *(const volatile char*)p; }
static void touch_at(uint64_t address) { touch((const void*)(uintptr_t)address); }
static void write_at(uint64_t address) { *(volatile char*)(uintptr_t)address = 1; }

static int depth(volatile int* n) {
  volatile char room[512];
  room[0] = (char)*n;
  return depth(n) + room[0];
}
static void recurse(void) {
  volatile int n = 0;
  depth(&n);
}
static void smash(void) {
  volatile char room[16];
  volatile char* p = room;
  int i;
  for (i = 0; i < 4096; ++i) p[i] = 0x5A;
}
static void double_free(void) {
  char* p = malloc(64);
  free(p);
  free(p);
}
static void bus(void) { raise(SIGBUS); }
static void divide(void) {
  volatile int zero = 0;
  zero = 1 / zero;
}
static void illegal(void) { __asm__ volatile(".byte 0x0f, 0x0b"); }
static void fork_and_return(void) { fork(); }
static void fork_a_daemon(void) {
  if (fork() == 0) {
    setsid();
    for (;;) pause();
  }
}
static void flood(void) {
  int i;
  for (i = 0; i < 3000; ++i) printf("%01000d", i), write(1, "flood\n", 6), write(2, "flood\n", 6);
  fflush(stdout);
}
static void close_streams(void) {
  close(0), close(1), close(2);
  fclose(stdin), fclose(stdout), fclose(stderr);
}
static void ignore(int number) { (void)number; }
static void* pause_for_ever(void* nothing) {
  for (;;) pause();
  return nothing;
}
static void fill_the_disk(void) {
  char name[] = "/tmp/abi-conformance-never";
  static char block[1 << 16];
  FILE* file = fopen(name, "w");
  int i;
  unlink(name);
  for (i = 0; i < 64; ++i) fwrite(block, 1, sizeof block, file), fflush(file);
}
static void hoard(void) {
  for (;;) *(char*)malloc(1 << 28) = 1;
}

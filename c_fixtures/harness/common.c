/* See common.h. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "common.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#if defined(__x86_64__) || defined(__i386__)
/* tcc does not know these instructions; their operand is (%rax). */
uint32_t abi_float_control(void) {
  uint32_t sse[2] = {0, 0};
  uint16_t x87[4] = {0, 0, 0, 0};
  __asm__ volatile(".byte 0x0f, 0xae, 0x18" : : "a"(sse) : "memory"); /* stmxcsr */
  __asm__ volatile(".byte 0xd9, 0x38" : : "a"(x87) : "memory");       /* fnstcw */
  return (sse[0] & 0xffc0) << 16 | x87[0];
}

void abi_set_float_control(uint32_t control) {
  uint32_t sse[2] = {0, 0};
  uint16_t x87[4] = {0, 0, 0, 0};
  sse[0] = control >> 16;
  x87[0] = (uint16_t)control;
  __asm__ volatile(".byte 0x0f, 0xae, 0x10" : : "a"(sse) : "memory"); /* ldmxcsr */
  __asm__ volatile(".byte 0xd9, 0x28" : : "a"(x87) : "memory");       /* fldcw */
}
#elif defined(__aarch64__) && !defined(__TINYC__)
uint32_t abi_float_control(void) {
  uint64_t control;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  return (uint32_t)control;
}

void abi_set_float_control(uint32_t control) {
  __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)control));
}
#else
#include <fenv.h>

uint32_t abi_float_control(void) {
  return (uint32_t)fegetround();
}

void abi_set_float_control(uint32_t control) {
  fesetround((int)control);
}
#endif

static const char* skip_space(const char* p) {
  while (*p == ' ' || (*p >= '\t' && *p <= '\r')) ++p;
  return p;
}

/* The number in the first match of arg(ument)?\s*[\[#]?\s*(\d+). Most errors begin with it, so that this is sooner done
 * than strstr has begun. */
int abi_error_index(const char* text) {
  const char* p;
  for (; *text; ++text) {
    if (text[0] != 'a' || text[1] != 'r' || text[2] != 'g') continue;
    p = text + 3;
    if (strncmp(p, "ument", 5) == 0) p += 5;
    p = skip_space(p);
    if (*p == '[' || *p == '#') p = skip_space(p + 1);
    if (*p >= '0' && *p <= '9') {
      int number = 0;
      for (; *p >= '0' && *p <= '9'; ++p) {
        if (number < 100000) number = 10 * number + (*p - '0');
      }
      return number;
    }
  }
  return -1;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t passed = PTHREAD_COND_INITIALIZER;
static int here[ABI_MOST_THREADS], threads; /* the step that each thread has come to */

void abi_begin_meetings(int count) {
  memset(here, 0, sizeof here);
  threads = count;
}

static int all_are_at(int step) {
  int i;
  for (i = 0; i < threads && here[i] >= step; ++i) {}
  return i == threads;
}

void abi_meet(int thread, int step) {
  pthread_mutex_lock(&lock);
  here[thread] = step;
  pthread_cond_broadcast(&passed);
  while (step != ABI_AT_THE_END && !all_are_at(step)) pthread_cond_wait(&passed, &lock);
  pthread_mutex_unlock(&lock);
}

int abi_signal_stack(void* stack, size_t size) {
  stack_t wanted;
  memset(&wanted, 0, sizeof wanted);
  wanted.ss_sp = stack;
  wanted.ss_size = size;
  return sigaltstack(&wanted, NULL);
}

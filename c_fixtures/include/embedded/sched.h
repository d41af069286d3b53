#ifndef _SCHED_H
#define _SCHED_H
#include <string.h>
#include <sys/types.h>

#define CPU_SETSIZE 1024
#define _CPU_WORD (8 * sizeof(unsigned long))

typedef struct {
  unsigned long bits[CPU_SETSIZE / _CPU_WORD];
} cpu_set_t;

#define CPU_ZERO(set) memset(set, 0, sizeof(cpu_set_t))
#define CPU_SET(cpu, set) ((set)->bits[(cpu) / _CPU_WORD] |= 1ul << (cpu) % _CPU_WORD)
#define CPU_COUNT(set) __sched_cpucount(sizeof(cpu_set_t), set)

int __sched_cpucount(size_t size, const cpu_set_t* set);
int sched_getcpu(void);
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t* set);
int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t* set);

#endif

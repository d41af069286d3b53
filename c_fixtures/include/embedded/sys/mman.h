#ifndef _SYS_MMAN_H
#define _SYS_MMAN_H
#if !defined __x86_64__ || !defined __linux__
#error "the numbers here are those of x86-64 Linux"
#endif
#include <sys/types.h>

#define PROT_NONE 0
#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4
#define MAP_SHARED 0x01
#define MAP_PRIVATE 0x02
#define MAP_FIXED 0x10
#define MAP_ANONYMOUS 0x20
#define MAP_ANON MAP_ANONYMOUS
#define MAP_NORESERVE 0x4000
#define MAP_POPULATE 0x8000
#define MAP_FAILED ((void*)-1)
#define MADV_DONTNEED 4
#define MADV_WIPEONFORK 18

void* mmap(void* address, size_t n, int protection, int flags, int fd, off_t offset);
int munmap(void* address, size_t n);
int mprotect(void* address, size_t n, int protection);
int madvise(void* address, size_t n, int advice);

#endif

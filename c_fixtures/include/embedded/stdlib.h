#ifndef _STDLIB_H
#define _STDLIB_H
#include <stddef.h>

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

void* malloc(size_t n);
void* calloc(size_t count, size_t n);
void* realloc(void* p, size_t n);
void free(void* p);
int posix_memalign(void** p, size_t alignment, size_t n);
void abort(void);
void exit(int status);
void _Exit(int status);
int atexit(void (*f)(void));
char* getenv(const char* name);
int setenv(const char* name, const char* value, int overwrite);
int atoi(const char* s);
long strtol(const char* s, char** end, int base);
unsigned long strtoul(const char* s, char** end, int base);
long long strtoll(const char* s, char** end, int base);
unsigned long long strtoull(const char* s, char** end, int base);
double strtod(const char* s, char** end);
int abs(int n);
int rand(void);
void srand(unsigned seed);
void qsort(void* base, size_t count, size_t n, int (*compare)(const void*, const void*));

#endif

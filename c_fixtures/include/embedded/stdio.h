#ifndef _STDIO_H
#define _STDIO_H
#include <stdarg.h>
#include <stddef.h>

typedef struct _IO_FILE FILE;
extern FILE* stdin;
extern FILE* stdout;
extern FILE* stderr;

#define EOF (-1)
#define BUFSIZ 8192
#define _IOFBF 0
#define _IOLBF 1
#define _IONBF 2
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

int printf(const char* format, ...);
int fprintf(FILE* f, const char* format, ...);
int sprintf(char* to, const char* format, ...);
int snprintf(char* to, size_t n, const char* format, ...);
int vprintf(const char* format, va_list list);
int vfprintf(FILE* f, const char* format, va_list list);
int vsnprintf(char* to, size_t n, const char* format, va_list list);
int puts(const char* s);
int putchar(int c);
int fputs(const char* s, FILE* f);
int fputc(int c, FILE* f);
char* fgets(char* to, int n, FILE* f);
FILE* fopen(const char* path, const char* mode);
FILE* fdopen(int fd, const char* mode);
size_t fread(void* to, size_t n, size_t count, FILE* f);
size_t fwrite(const void* from, size_t n, size_t count, FILE* f);
int fseek(FILE* f, long offset, int whence);
long ftell(FILE* f);
int fflush(FILE* f);
int fclose(FILE* f);
int fileno(FILE* f);
int setvbuf(FILE* f, char* buffer, int mode, size_t n);
void perror(const char* s);

#endif

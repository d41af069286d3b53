#ifndef _UNISTD_H
#define _UNISTD_H
#include <sys/types.h>

#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2
#define _SC_OPEN_MAX 4
#define _SC_PAGESIZE 30
#define _SC_NPROCESSORS_ONLN 84

pid_t fork(void);
void _exit(int status);
pid_t getpid(void);
pid_t getppid(void);
int close(int fd);
int dup(int fd);
int dup2(int from, int to);
int pipe(int fds[2]);
ssize_t read(int fd, void* to, size_t n);
ssize_t write(int fd, const void* from, size_t n);
off_t lseek(int fd, off_t offset, int whence);
int ftruncate(int fd, off_t length);
int unlink(const char* path);
int usleep(useconds_t microseconds);
unsigned sleep(unsigned seconds);
unsigned alarm(unsigned seconds);
int pause(void);
int setpgid(pid_t pid, pid_t group);
pid_t setsid(void);
long sysconf(int name);
long syscall(long number, ...);

#endif

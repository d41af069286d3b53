#ifndef _SIGNAL_H
#define _SIGNAL_H
#if !defined __x86_64__ || !defined __linux__
#error "the layouts here are those of x86-64 Linux"
#endif
#include <sys/types.h>

#define SIGHUP 1
#define SIGINT 2
#define SIGQUIT 3
#define SIGILL 4
#define SIGTRAP 5
#define SIGABRT 6
#define SIGBUS 7
#define SIGFPE 8
#define SIGKILL 9
#define SIGUSR1 10
#define SIGSEGV 11
#define SIGUSR2 12
#define SIGPIPE 13
#define SIGALRM 14
#define SIGTERM 15
#define SIGCHLD 17
#define SIGCONT 18
#define SIGSTOP 19
#define SIGXCPU 24
#define SIGXFSZ 25
#define SIGVTALRM 26
#define SIGPROF 27
#define SIGSYS 31

#define SIG_DFL ((void (*)(int))0)
#define SIG_IGN ((void (*)(int))1)
#define SIG_ERR ((void (*)(int))-1)
#define SIG_BLOCK 0
#define SIG_UNBLOCK 1
#define SIG_SETMASK 2

#define SA_NOCLDSTOP 1
#define SA_SIGINFO 4
#define SA_ONSTACK 0x08000000
#define SA_RESTART 0x10000000
#define SA_NODEFER 0x40000000
#define SA_RESETHAND 0x80000000

#define SS_ONSTACK 1
#define SS_DISABLE 2
#define MINSIGSTKSZ 2048
#define SIGSTKSZ 8192

#define SI_USER 0
#define SI_KERNEL 128
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2

typedef int sig_atomic_t;
typedef struct { unsigned long __bits[16]; } sigset_t;
typedef union sigval { int sival_int; void* sival_ptr; } sigval_t;

typedef struct {
  int si_signo;
  int si_errno;
  int si_code;
  int __pad;
  union {
    int __fill[28];
    struct { pid_t pid; uid_t uid; } __sender;
    struct { pid_t pid; uid_t uid; int status; } __child;
    struct { void* address; } __fault;
  } __fields;
} siginfo_t;
#define si_pid __fields.__sender.pid
#define si_uid __fields.__sender.uid
#define si_status __fields.__child.status
#define si_addr __fields.__fault.address

struct sigaction {
  union {
    void (*handler)(int);
    void (*action)(int, siginfo_t*, void*);
  } __handler;
  sigset_t sa_mask;
  int sa_flags;
  void (*sa_restorer)(void);
};
#define sa_handler __handler.handler
#define sa_sigaction __handler.action

typedef struct {
  void* ss_sp;
  int ss_flags;
  size_t ss_size;
} stack_t;

void (*signal(int number, void (*handler)(int)))(int);
int sigaction(int number, const struct sigaction* action, struct sigaction* old);
int sigaltstack(const stack_t* stack, stack_t* old);
int sigemptyset(sigset_t* set);
int sigfillset(sigset_t* set);
int sigaddset(sigset_t* set, int number);
int sigdelset(sigset_t* set, int number);
int sigismember(const sigset_t* set, int number);
int sigprocmask(int how, const sigset_t* set, sigset_t* old);
int pthread_sigmask(int how, const sigset_t* set, sigset_t* old);
int sigpending(sigset_t* set);
int sigsuspend(const sigset_t* set);
int kill(pid_t pid, int number);
int raise(int number);

#endif

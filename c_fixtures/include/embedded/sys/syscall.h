#ifndef _SYS_SYSCALL_H
#define _SYS_SYSCALL_H
#if !defined __x86_64__ || !defined __linux__
#error "the numbers here are those of x86-64 Linux"
#endif

#define SYS_pidfd_open 434
#define SYS_close_range 436
#define SYS_rt_sigprocmask 14
#define SYS_gettid 186

#endif

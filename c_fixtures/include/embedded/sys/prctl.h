#ifndef _SYS_PRCTL_H
#define _SYS_PRCTL_H
#ifndef __linux__
#error "the numbers here are Linux's"
#endif

#define PR_SET_PDEATHSIG 1
#define PR_SET_DUMPABLE 4
#define PR_SET_NAME 15
#define PR_SET_NO_NEW_PRIVS 38
#define PR_SET_CHILD_SUBREAPER 36

int prctl(int option, ...);

#endif

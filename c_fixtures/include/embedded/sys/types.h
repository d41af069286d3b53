#ifndef _SYS_TYPES_H
#define _SYS_TYPES_H
#ifndef __linux__
#error "the types here are Linux's"
#endif
#include <stddef.h> /* size_t, and the embedded compiler's ssize_t */

typedef int pid_t;
typedef unsigned int uid_t;
typedef unsigned int gid_t;
typedef unsigned int id_t;
typedef unsigned int mode_t;
typedef long off_t;
typedef long time_t;
typedef long suseconds_t;
typedef int clockid_t;
typedef unsigned int useconds_t;

#endif

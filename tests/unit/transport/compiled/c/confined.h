#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
int isatty(int fd);
pid_t getpgrp(void);

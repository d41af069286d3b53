/* Makes calls that may end their process, each in a child of its own, and tells how each ended.
 *
 *     program FOLDER           every call of every column: prints "number column pid status", what a child says on its
 *                              standard error goes to FOLDER/number-column
 *     program --time COLUMN N  N rounds of the matched calls of one column: prints processor seconds
 */
#include "program.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { SECONDS = 10 };

static void make_call(const char* folder, int number, int column) {
  char path[4096];
  int report;
  snprintf(path, sizeof path, "%s/%d-%d", folder, number, column);
  report = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (report < 0) _exit(2);
  dup2(report, 1);
  dup2(report, 2);
  alarm(SECONDS);
  _exit(attempts[number].call[column]());
}

static int every_call(const char* folder) {
  struct rlimit none = {0, 0};
  int number, column;
  setrlimit(RLIMIT_CORE, &none);
  for (number = 0; number < num_attempts; ++number) {
    for (column = 0; column < COLUMNS; ++column) {
      int status = 0;
      pid_t child;
      fflush(stdout);
      child = fork();
      if (child < 0) return 1;
      if (child == 0) make_call(folder, number, column);
      if (waitpid(child, &status, 0) != child) return 1;
      printf("%d %d %ld %d\n", number, column, (long)child,
             WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
    }
  }
  return 0;
}

static int timed(int column, long rounds) {
  clock_t begin = clock();
  long round;
  int number;
  for (round = 0; round < rounds; ++round) {
    for (number = 0; number < num_attempts; ++number) {
      if (attempts[number].matched && attempts[number].call[column]() != ACCEPTED) return 1;
    }
  }
  printf("%.6f\n", (double)(clock() - begin) / CLOCKS_PER_SEC);
  return 0;
}

int main(int argc, char** argv) {
  if (argc == 4 && !strcmp(argv[1], "--time")) return timed(atoi(argv[2]), atol(argv[3]));
  if (argc != 2) return 2;
  return every_call(argv[1]);
}

/* What the callers hand to the program that makes their calls. */
#ifndef PROGRAM_H
#define PROGRAM_H

enum { ACCEPTED = 0, REJECTED = 3 };
enum { X0, X1, DIRECT, COLUMNS };

typedef struct Attempt {
  int (*call[COLUMNS])(void); /* ACCEPTED or REJECTED */
  int matched;
} Attempt;

extern const Attempt attempts[];
extern const int num_attempts;

#endif

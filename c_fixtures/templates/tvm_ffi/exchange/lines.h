/* Where what was read is left, line by line, in memory that outlives the process that reads. */
#pragma once

#include <cstdint>

/* `step` is the label of what is being done, for whoever finds the process dead; `side` is put before every label. */
struct Witness {
  char step[120];
  char side[32];
  uint64_t used;
  char text[65376];
};

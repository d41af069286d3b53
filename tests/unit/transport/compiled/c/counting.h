#include "misdeeds.h"
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;
static void count(int* n) {
  pthread_mutex_lock(&counting);
  ++*n;
  pthread_mutex_unlock(&counting);
}

// A thread for work that must not be left in the middle: an interrupt of a cell may jump out of the thread that waits.
#include "CHub.h"
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct job {
  pthread_mutex_t lock;
  pthread_cond_t changed;
  void (*work)(void *);
  void *context;
  bool is_done;
};

static void *run(void *argument) {
  struct job *job = argument;
  job->work(job->context);
  pthread_mutex_lock(&job->lock);
  job->is_done = true;
  pthread_cond_signal(&job->changed);
  pthread_mutex_unlock(&job->lock);
  return NULL;
}

bool ch_work(void (*work)(void *), void (*tick)(void *), void *context) {
  // On the heap: whoever jumps out of the wait leaves it to the thread.
  struct job *job = calloc(1, sizeof *job);
  pthread_mutex_init(&job->lock, NULL);
  pthread_cond_init(&job->changed, NULL);
  job->work = work;
  job->context = context;
  pthread_t thread;
  if (pthread_create(&thread, NULL, run, job) != 0) {
    free(job);
    return false;
  }
  pthread_mutex_lock(&job->lock);
  while (!job->is_done) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 100 * 1000000;
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    if (pthread_cond_timedwait(&job->changed, &job->lock, &until) == ETIMEDOUT && !job->is_done) {
      pthread_mutex_unlock(&job->lock);
      tick(context);
      pthread_mutex_lock(&job->lock);
    }
  }
  pthread_mutex_unlock(&job->lock);
  pthread_join(thread, NULL);
  pthread_cond_destroy(&job->changed);
  pthread_mutex_destroy(&job->lock);
  free(job);
  return true;
}

// One pool of threads for the process. Workers spin for a while after a call, because a decoding step makes dozens of them in a row,
// then sleep on a condition.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "kernels.h"

enum { MAXIMUM_THREADS = 64 };

static pthread_mutex_t owner = PTHREAD_MUTEX_INITIALIZER;  // held by the call that has the pool
static pthread_mutex_t sleep_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static pthread_cond_t activated = PTHREAD_COND_INITIALIZER;

static _Atomic int wanted_threads;  // 0: not chosen yet
static int started = 1;             // threads that exist, the caller's included; under owner
static _Thread_local int is_inside;

// The current call. A thread reads these only after it has claimed a task: the call cannot end before that task does.
static ck_task current_task;
static void *current_context;
static int current_count;
static _Atomic int current_threads;
// The call's number in the high half, the tasks that nobody has claimed in the low half. A worker that the system has put aside
// delays nobody unless it has a task, and a late one cannot claim a task of another call.
static _Alignas(128) _Atomic uint64_t ticket;
static _Alignas(128) _Atomic int finished;
static _Alignas(128) _Atomic uint32_t generation;
static _Alignas(128) _Atomic int sleepers;

static void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int processors(void) {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  return (int)sysconf(_SC_NPROCESSORS_ONLN);
}

int ck_threads(void) {
  int count = atomic_load(&wanted_threads);
  if (count == 0) {
    count = processors();
    count = count < 1 ? 1 : count > MAXIMUM_THREADS ? MAXIMUM_THREADS : count;
    atomic_store(&wanted_threads, count);
  }
  return count;
}

void ck_set_threads(int count) {
  pthread_mutex_lock(&owner);
  atomic_store(&wanted_threads, count < 1 ? 1 : count > MAXIMUM_THREADS ? MAXIMUM_THREADS : count);
  pthread_mutex_unlock(&owner);
}

static void take_tasks(uint32_t call) {
  uint64_t seen = atomic_load_explicit(&ticket, memory_order_acquire);
  while ((uint32_t)(seen >> 32) == call && (uint32_t)seen > 0) {
    if (!atomic_compare_exchange_weak_explicit(&ticket, &seen, seen - 1, memory_order_acq_rel, memory_order_acquire)) continue;
    current_task(current_context, current_count - (int)(uint32_t)seen);
    atomic_fetch_add_explicit(&finished, 1, memory_order_release);
    seen = atomic_load_explicit(&ticket, memory_order_acquire);
  }
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint32_t wait_for_change(uint32_t seen) {
  uint32_t next;
  uint64_t start = now();
  for (;;) {
    for (int i = 0; i < 256; i++) {
      if ((next = atomic_load_explicit(&generation, memory_order_acquire)) != seen) return next;
      relax();
    }
    if (now() - start > 200000) break;
  }
  pthread_mutex_lock(&sleep_lock);
  atomic_fetch_add(&sleepers, 1);
  while ((next = atomic_load(&generation)) == seen) pthread_cond_wait(&wake, &sleep_lock);
  atomic_fetch_sub(&sleepers, 1);
  pthread_mutex_unlock(&sleep_lock);
  return next;
}

typedef struct { int thread; uint32_t seen; } worker_start;

static void *worker(void *argument) {
  worker_start *start = argument;
  int thread = start->thread;
  uint32_t seen = start->seen;
  free(start);
  is_inside = 1;
  for (;;) {
    // Threads that are not wanted at the moment neither spin nor count as sleepers.
    if (thread >= atomic_load_explicit(&current_threads, memory_order_relaxed)) {
      pthread_mutex_lock(&sleep_lock);
      while (thread >= atomic_load(&current_threads)) pthread_cond_wait(&activated, &sleep_lock);
      pthread_mutex_unlock(&sleep_lock);
    }
    seen = wait_for_change(seen);
    take_tasks(seen);
  }
  return NULL;
}

static void start_workers(int threads) {
  while (started < threads) {
    worker_start *start = malloc(sizeof *start);
    if (!start) return;
    *start = (worker_start){started, atomic_load(&generation)};
    pthread_t thread;
    if (pthread_create(&thread, NULL, worker, start) != 0) {
      free(start);
      return;
    }
    pthread_detach(thread);
    started++;
  }
}

void ck_parallel(int count, ck_task task, void *context) {
  int threads = ck_threads();
  if (is_inside) {
    for (int i = 0; i < count; i++) task(context, i);
    return;
  }
  pthread_mutex_lock(&owner);
  is_inside = 1;
  if (count <= 1 || threads <= 1) {
    for (int i = 0; i < count; i++) task(context, i);
  } else {
    start_workers(threads);
    current_task = task;
    current_context = context;
    current_count = count;
    if (threads != atomic_load_explicit(&current_threads, memory_order_relaxed)) {
      pthread_mutex_lock(&sleep_lock);
      atomic_store(&current_threads, threads);
      pthread_cond_broadcast(&activated);
      pthread_mutex_unlock(&sleep_lock);
    }
    atomic_store_explicit(&finished, 0, memory_order_relaxed);
    uint32_t call = atomic_load_explicit(&generation, memory_order_relaxed) + 1;
    atomic_store_explicit(&ticket, (uint64_t)call << 32 | (uint32_t)count, memory_order_release);
    atomic_store(&generation, call);
    // Sequential consistency: either the worker that goes to sleep sees the new generation, or it is counted here.
    if (atomic_load(&sleepers)) {
      pthread_mutex_lock(&sleep_lock);
      pthread_cond_broadcast(&wake);
      pthread_mutex_unlock(&sleep_lock);
    }
    take_tasks(call);
    for (int spins = 0; atomic_load_explicit(&finished, memory_order_acquire) < count; spins++) {
      if (spins < 4096) relax();
      else sched_yield();
    }
  }
  is_inside = 0;
  pthread_mutex_unlock(&owner);
}

typedef struct { void *memory; size_t bytes; } scratch_memory;

static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static _Thread_local scratch_memory scratch;

static void make_key(void) { pthread_key_create(&scratch_key, free); }

void *ck_thread_scratch(size_t bytes) {
  if (scratch.bytes < bytes) {
    pthread_once(&scratch_once, make_key);
    free(scratch.memory);
    size_t rounded = (bytes + 4095) / 4096 * 4096;
    if (posix_memalign(&scratch.memory, 64, rounded) != 0) abort();
    scratch.bytes = rounded;
    pthread_setspecific(scratch_key, scratch.memory);
  }
  return scratch.memory;
}

static const size_t huge = (size_t)2 << 20;

void *ck_allocate_huge(size_t bytes) {
  size_t rounded = (bytes + huge - 1) / huge * huge;
  char *memory = mmap(NULL, rounded + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return NULL;
  char *aligned = (char *)(((uintptr_t)memory + huge - 1) & ~(uintptr_t)(huge - 1));
  if (aligned > memory) munmap(memory, (size_t)(aligned - memory));
  size_t tail = (size_t)(memory + rounded + huge - (aligned + rounded));
  if (tail) munmap(aligned + rounded, tail);
#if defined(MADV_HUGEPAGE)
  madvise(aligned, rounded, MADV_HUGEPAGE);
#endif
  return aligned;
}

void ck_free_huge(void *memory, size_t bytes) {
  if (memory) munmap(memory, (bytes + huge - 1) / huge * huge);
}

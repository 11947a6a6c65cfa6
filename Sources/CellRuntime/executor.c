// Swift's tasks run on threads of this runtime, so that a trap in a task can be contained as one in a cell's own statements.
//
// On Swift's own pool, which has a thread per core, each trap would cost a thread for good: two of them, and no task would ever run again.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>
#include "runtime.h"

struct executor { void *identity, *implementation; };
typedef void __attribute__((swiftcall)) run_job(void *job, void *identity, void *implementation);
typedef struct executor __attribute__((swiftcall)) main_executor(void);
static run_job *job_run;
static main_executor *get_main_executor;

struct queue { pthread_mutex_t lock; pthread_cond_t filled; void **jobs; size_t first, count, capacity; };

static void push(struct queue *queue, void *job) {
  pthread_mutex_lock(&queue->lock);
  if (queue->count == queue->capacity) {
    size_t capacity = queue->capacity ? queue->capacity * 2 : 64;
    void **jobs = malloc(capacity * sizeof *jobs);
    for (size_t i = 0; i < queue->count; i++) jobs[i] = queue->jobs[(queue->first + i) % queue->capacity];
    free(queue->jobs);
    queue->jobs = jobs;
    queue->first = 0;
    queue->capacity = capacity;
  }
  queue->jobs[(queue->first + queue->count++) % queue->capacity] = job;
  pthread_cond_signal(&queue->filled);
  pthread_mutex_unlock(&queue->lock);
}

static void *pop(struct queue *queue, bool wait) {
  pthread_mutex_lock(&queue->lock);
  while (wait && queue->count == 0) pthread_cond_wait(&queue->filled, &queue->lock);
  void *job = NULL;
  if (queue->count > 0) {
    job = queue->jobs[queue->first];
    queue->first = (queue->first + 1) % queue->capacity;
    queue->count--;
  }
  pthread_mutex_unlock(&queue->lock);
  return job;
}

static struct queue global_queue = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER};
static struct queue main_queue = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER};
static int main_filled = -1;

enum { task_stack_size = 64 << 20 };

static void *serve_global(void *argument) {
  struct arena *arena = argument;
  contain_thread(arena);
  if (sigsetjmp(arena->home, 1) != 0) {
    contain_spawn(serve_global, calloc(1, sizeof(struct arena)), task_stack_size);
    cells_elsewhere(&arena->ending);
    contain_retire(arena);
  }
  for (;;) {
    void *job = pop(&global_queue, true);
    arena->armed = 1;
    job_run(job, NULL, NULL);
    arena->armed = 0;
  }
  return NULL;
}

static pthread_once_t pool_once = PTHREAD_ONCE_INIT;
static void start_pool(void) {
  long cores = sysconf(_SC_NPROCESSORS_ONLN);
  for (long i = 0; i < (cores > 1 ? cores : 2); i++) contain_spawn(serve_global, calloc(1, sizeof(struct arena)), task_stack_size);
}

static void __attribute__((swiftcall)) enqueue_global(void *job, void *original) {
  (void)original;
  pthread_once(&pool_once, start_pool);
  push(&global_queue, job);
}

// Swift 6.2 and later hand the main actor's jobs to the main dispatch queue; before that, they come here.
static void __attribute__((swiftcall)) enqueue_main(void *job, void *original) {
  (void)original;
  push(&main_queue, job);
  eventfd_write(main_filled, 1);
}

// Jobs that wait for their time, the earliest first.
struct timer { struct timer *next; struct timespec when; void *job; };
static struct timer *timers;
static pthread_mutex_t timers_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t timers_changed;
static pthread_once_t timers_once = PTHREAD_ONCE_INIT;

static bool is_before(struct timespec a, struct timespec b) { return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec; }

static void *serve_timers(void *unused) {
  (void)unused;
  pthread_mutex_lock(&timers_lock);
  for (;;) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!timers) {
      pthread_cond_wait(&timers_changed, &timers_lock);
    } else if (is_before(now, timers->when)) {
      struct timespec when = timers->when;
      pthread_cond_timedwait(&timers_changed, &timers_lock, &when);
    } else {
      struct timer *due = timers;
      timers = due->next;
      enqueue_global(due->job, NULL);
      free(due);
    }
  }
  return NULL;
}

static void start_timers(void) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&timers_changed, &attributes);
  pthread_t thread;
  pthread_create(&thread, NULL, serve_timers, NULL);
}

static void __attribute__((swiftcall)) enqueue_after(uint64_t nanoseconds, void *job, void *original) {
  (void)original;
  pthread_once(&timers_once, start_timers);
  struct timer *timer = malloc(sizeof *timer);
  clock_gettime(CLOCK_MONOTONIC, &timer->when);
  uint64_t fraction = (uint64_t)timer->when.tv_nsec + nanoseconds % 1000000000;
  timer->when.tv_sec += (time_t)(nanoseconds / 1000000000 + fraction / 1000000000);
  timer->when.tv_nsec = (long)(fraction % 1000000000);
  timer->job = job;
  pthread_mutex_lock(&timers_lock);
  struct timer **place = &timers;
  while (*place && !is_before(timer->when, (*place)->when)) place = &(*place)->next;
  timer->next = *place;
  *place = timer;
  pthread_cond_signal(&timers_changed);
  pthread_mutex_unlock(&timers_lock);
}

static void __attribute__((swiftcall)) enqueue_at(
    long long seconds, long long nanoseconds, long long tolerance_seconds, long long tolerance_nanoseconds, int clock, void *job, void *original) {
  (void)tolerance_seconds;
  (void)tolerance_nanoseconds;
  (void)original;
  enum { continuous = 1 };  // swift_clock_id_continuous; the other one is suspending
  struct timespec now;
  clock_gettime(clock == continuous ? CLOCK_BOOTTIME : CLOCK_MONOTONIC, &now);
  long long left = (seconds - now.tv_sec) * 1000000000 + (nanoseconds - now.tv_nsec);
  enqueue_after(left > 0 ? (uint64_t)left : 0, job, NULL);
}

static void set_hook(const char *name, void *hook) {
  void **place = dlsym(RTLD_DEFAULT, name);
  if (place) *place = hook;
}

void executor_start(void) {
  job_run = (run_job *)dlsym(RTLD_DEFAULT, "swift_job_run");
  get_main_executor = (main_executor *)dlsym(RTLD_DEFAULT, "swift_task_getMainExecutor");
  if (!job_run || !get_main_executor) abort();
  main_filled = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  set_hook("swift_task_enqueueGlobal_hook", (void *)enqueue_global);
  set_hook("swift_task_enqueueGlobalWithDelay_hook", (void *)enqueue_after);
  set_hook("swift_task_enqueueGlobalWithDeadline_hook", (void *)enqueue_at);
  set_hook("swift_task_enqueueMainExecutor_hook", (void *)enqueue_main);
}

static struct arena main_arena;

// One call at a time: only the thread that serves commands makes any.
static struct { pthread_mutex_t lock; pthread_cond_t done; void (*body)(void *); void *argument; } call = {
    PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, NULL};

void executor_call_on_main(void (*body)(void *), void *argument) {
  pthread_mutex_lock(&call.lock);
  call.body = body;
  call.argument = argument;
  eventfd_write(main_filled, 1);
  while (call.body) pthread_cond_wait(&call.done, &call.lock);
  pthread_mutex_unlock(&call.lock);
}

static void serve_call(void) {
  pthread_mutex_lock(&call.lock);
  if (call.body) {
    call.body(call.argument);
    call.body = NULL;
    pthread_cond_signal(&call.done);
  }
  pthread_mutex_unlock(&call.lock);
}

// The main thread serves the main actor and the main dispatch queue.
void executor_serve_main(void) {
  contain_thread(&main_arena);
  struct executor executor = get_main_executor();
  int (*dispatch_handle)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "_dispatch_get_main_queue_handle_4CF");
  void (*dispatch_serve)(void *) = (void (*)(void *))dlsym(RTLD_DEFAULT, "_dispatch_main_queue_callback_4CF");
  if (sigsetjmp(main_arena.home, 1) != 0) {
    main_arena.handling = 0;
    cells_elsewhere(&main_arena.ending);
  }
  struct pollfd sources[2] = {{main_filled, POLLIN, 0}, {dispatch_handle && dispatch_serve ? dispatch_handle() : -1, POLLIN, 0}};
  for (;;) {
    main_arena.armed = 0;
    if (poll(sources, 2, -1) < 0) continue;
    main_arena.armed = 1;
    if (sources[0].revents & POLLIN) {
      eventfd_t ignored;
      eventfd_read(main_filled, &ignored);
      serve_call();
      for (void *job; (job = pop(&main_queue, false));) job_run(job, executor.identity, executor.implementation);
    }
    if (sources[1].revents & POLLIN) {
      eventfd_t ignored;
      eventfd_read(sources[1].fd, &ignored);
      dispatch_serve(NULL);
    }
  }
}

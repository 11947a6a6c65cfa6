// The thread that runs cells, one after the other, and what can make it stop.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "runtime.h"

enum { cell_stack_size = 512 << 20 };  // only what is touched costs memory

struct work { uint32_t cell; char *path, *symbol; void *message; size_t count; };  // a cell, or a message of a comm

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;  // waits on the monotonic clock
static struct work *waiting;
static pthread_t cell_thread;
static bool is_running;
static uint32_t marks;          // variables of the running cell that have a value
static bool happened_elsewhere;
static struct ending elsewhere;

struct arena *volatile cell_arena;
volatile sig_atomic_t cell_must_stop;
volatile sig_atomic_t cell_was_asked;

typedef void describe_error(void *error, struct payload *into);
static describe_error *describe;

typedef void receive_comm(const void *message, size_t count);
static receive_comm *receive;
static bool is_receiving;  // only the thread of cells comes here

// Called by `CellSupport` when a variable of the running cell has got its value.
BEAMLINE_EXPORT void beamline_mark(uint32_t count) { marks = count; }

// Whether the running cell was asked to stop: for the loops of libraries.
BEAMLINE_EXPORT bool beamline_should_stop(void) { return cell_must_stop != 0; }

BEAMLINE_EXPORT void beamline_put_string(struct payload *into, const char *bytes, size_t count) {
  char *copy = strndup(bytes, count);
  put_string(into, copy);
  free(copy);
}

static void *serve_cells(void *argument);

static void start_cell_thread(void) {
  cell_arena = calloc(1, sizeof(struct arena));
  contain_spawn(serve_cells, cell_arena, cell_stack_size);
}

void cells_start(void) {
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&changed, &attributes);
  describe = (describe_error *)dlsym(RTLD_DEFAULT, "beamline_describe_error");
  receive = (receive_comm *)dlsym(RTLD_DEFAULT, "beamline_receive_comm");
  if (!describe || !receive) abort();
  start_cell_thread();
}

static void send_end(const struct ending *ending, struct payload *described) {
  // First what was printed; the words that the runtime printed before a trap are part of the end.
  struct payload p = {0};
  put_u8(&p, (uint8_t)ending->how);
  put_u32(&p, marks);
  put_u32(&p, (uint32_t)ending->number);
  if (described) {
    for (size_t i = 0; i < described->count; i++) put_u8(&p, described->bytes[i]);
    free(described->bytes);
  } else {
    put_string(&p, "");
    put_string(&p, ending->how == beamline_end_trapped ? contain_failure_words(ending) : ending->words);
  }
  put_u32(&p, (uint32_t)ending->frame_count);
  for (int i = 0; i < ending->frame_count; i++) {
    put_u32(&p, ending->frames[i].cell);
    put_u64(&p, ending->frames[i].offset);
  }
  emit_payload(beamline_event_end, &p);
}

static void finish(void) {
  pthread_mutex_lock(&lock);
  is_running = false;
  cell_must_stop = 0;
  cell_was_asked = 0;
  input_cancel();
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

// The place of the last throw, for the message. Every throw pays for it, so it is only a walk along the frame pointers.
static __thread uintptr_t thrown_at[max_frames];
static __thread int thrown_count;

static void note_throw(void) {
  struct arena *arena = current_arena;
  if (!arena) return;
  uintptr_t low = (uintptr_t)arena->stack, high = low + arena->stack_size;
  uintptr_t *frame = __builtin_frame_address(0);
  thrown_count = 0;
  while ((uintptr_t)frame >= low && (uintptr_t)frame + 16 <= high && thrown_count < max_frames) {
    thrown_at[thrown_count++] = frame[1];
    if (frame[0] <= (uintptr_t)frame) return;
    frame = (uintptr_t *)frame[0];
  }
}

static void *load(const struct work *work) {
  void *handle = dlopen(work->path, RTLD_NOW | RTLD_GLOBAL);
  void *entry = handle ? dlsym(handle, work->symbol) : NULL;
  if (!entry) {
    finish();
    struct payload p = {0};
    const char *why = dlerror();
    put_string(&p, why ? why : "it has no entry");
    put_u8(&p, 1);
    emit_payload(beamline_event_failed, &p);
    return NULL;
  }
  contain_add_code(entry, work->cell);
  Dl_info info;
  if (dladdr(entry, &info)) conformances_adopt(work->path, (uintptr_t)info.dli_fbase);
  return entry;
}

static void *serve_cells(void *argument) {
  struct arena *arena = argument;
  contain_thread(arena);
  cell_thread = pthread_self();
  for (;;) {
    pthread_mutex_lock(&lock);
    while (!waiting) pthread_cond_wait(&changed, &lock);
    struct work *work = waiting;
    waiting = NULL;
    pthread_mutex_unlock(&lock);
    void *message = work->message;
    size_t count = work->count;
    int (*entry)(int, char **) = message ? NULL : (int (*)(int, char **))load(work);
    free(work->path);
    free(work->symbol);
    free(work);
    if (!entry && !message) continue;

    arena->armed = 1;
    if (sigsetjmp(arena->home, 1) == 0) {
      char name[] = "cell", *arguments[] = {name, NULL};
      // A message whose handling was jumped out of: its end is made known first.
      if (is_receiving) receive(NULL, 0);
      is_receiving = message != NULL;
      if (message) receive(message, count); else entry(1, arguments);
      is_receiving = false;
      arena->armed = 0;
      free(message);
      finish();
      output_flush();
      send_end(&(struct ending){.how = beamline_end_finished}, NULL);
      continue;
    }
    // Something jumped: this thread has run its last cell.
    arena->armed = 0;
    bool was_elsewhere = arena->ending.how == beamline_end_interrupted && happened_elsewhere;
    struct ending *ending = was_elsewhere ? &elsewhere : &arena->ending;
    finish();
    if (ending->how == beamline_end_trapped && !ending->words[0]) output_take_last_words(ending->words, max_words);
    output_renew();
    input_renew();
    start_cell_thread();
    send_end(ending, NULL);
    contain_retire(arena);
  }
  return NULL;
}

static void begin(struct work *work) {
  pthread_mutex_lock(&lock);
  // From now on the cell can be asked to stop: an interrupt may come before its first statement.
  input_forget_failure();
  marks = 0;
  cell_must_stop = 0;
  cell_was_asked = 0;
  happened_elsewhere = false;
  is_running = true;
  waiting = work;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

void cells_run(uint32_t cell, const char *path, const char *symbol) {
  struct work *work = malloc(sizeof *work);
  *work = (struct work){.cell = cell, .path = strdup(path), .symbol = strdup(symbol)};
  begin(work);
}

void cells_receive(const void *message, size_t count) {
  struct work *work = malloc(sizeof *work);
  *work = (struct work){.message = malloc(count), .count = count};
  memcpy(work->message, message, count);
  begin(work);
}

static void pause_for(long milliseconds) { nanosleep(&(struct timespec){0, milliseconds * 1000000}, NULL); }

// First a flag, which loops of this project's library look at, and a cancelled task; then signals, until one meets the thread in a place
// that it can be jumped out of; after a second also out of a blocked call.
static void *insist(void *unused) {
  (void)unused;
  for (int turn = 0;; turn++) {
    pause_for(turn < 50 ? 2 : 10);
    pthread_mutex_lock(&lock);
    bool done = !is_running || !cell_must_stop;
    if (!done) {
      if (turn > 100) cell_must_stop = 2;
      pthread_cond_broadcast(&changed);
      if (turn > 15) cell_was_asked = 1;
      if (turn > 15 || happened_elsewhere) pthread_kill(cell_thread, SIGUSR2);
    }
    pthread_mutex_unlock(&lock);
    if (done) return NULL;
  }
}

static void stop_cell(void) {
  if (!is_running || cell_must_stop) return;
  cell_must_stop = 1;
  input_cancel();
  pthread_cond_broadcast(&changed);
  pthread_t thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_create(&thread, &attributes, insist, NULL);
  pthread_attr_destroy(&attributes);
}

void cells_interrupt(void) {
  pthread_mutex_lock(&lock);
  stop_cell();
  pthread_mutex_unlock(&lock);
}

void cells_elsewhere(const struct ending *ending) {
  pthread_mutex_lock(&lock);
  if (is_running && !happened_elsewhere) {
    elsewhere = *ending;
    if (elsewhere.how == beamline_end_trapped) output_take_last_words(elsewhere.words, max_words);
    happened_elsewhere = true;
    stop_cell();
    pthread_mutex_unlock(&lock);
    return;
  }
  pthread_mutex_unlock(&lock);
  char words[max_words] = "";
  if (ending->how == beamline_end_trapped) output_take_last_words(words, max_words);
  fprintf(stderr, "A task of an earlier cell ended: %s\n", words[0] ? words : contain_failure_words(ending));
}

// --- Waiting for a task: how a cell's `await` is done. Called by `CellSupport`.

BEAMLINE_EXPORT int32_t *beamline_latch_make(void) { return calloc(1, sizeof(int32_t)); }
BEAMLINE_EXPORT void beamline_latch_free(int32_t *latch) { free(latch); }

BEAMLINE_EXPORT void beamline_latch_open(int32_t *latch) {
  pthread_mutex_lock(&lock);
  *latch = 1;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

// Blocks until the latch is open. When the cell must stop, calls `cancel` once and gives the task half a second to come back.
BEAMLINE_EXPORT void beamline_latch_wait(int32_t *latch, void (*cancel)(void *), void *context) {
  struct arena *arena = current_arena;
  struct timespec deadline = {0};
  bool cancelled = false;
  if (arena) arena->awaiting = 1;
  pthread_mutex_lock(&lock);
  while (!*latch) {
    if (arena == cell_arena && cell_must_stop) {
      if (!cancelled) {
        cancelled = true;
        clock_gettime(CLOCK_MONOTONIC, &deadline);
        deadline.tv_nsec += 500 * 1000000;
        if (deadline.tv_nsec >= 1000000000) {
          deadline.tv_sec++;
          deadline.tv_nsec -= 1000000000;
        }
        pthread_mutex_unlock(&lock);
        cancel(context);
        pthread_mutex_lock(&lock);
        continue;
      }
      struct timespec now;
      clock_gettime(CLOCK_MONOTONIC, &now);
      if (happened_elsewhere || now.tv_sec > deadline.tv_sec || (now.tv_sec == deadline.tv_sec && now.tv_nsec >= deadline.tv_nsec)) {
        pthread_mutex_unlock(&lock);
        arena->handling = 1;
        arena->ending = (struct ending){.how = beamline_end_interrupted};
        arena->ending.frame_count = contain_collect(arena->ending.frames);
        siglongjmp(arena->home, 1);
      }
    }
    pthread_cond_wait(&changed, &lock);  // `insist` wakes it again and again while the cell must stop
  }
  pthread_mutex_unlock(&lock);
  if (arena) arena->awaiting = 0;
}

// --- Errors that nobody catches

static struct arena *arena_of_running_cell(void) {
  struct arena *arena = current_arena;
  if (!arena || arena != cell_arena || !arena->armed) abort();
  return arena;
}

static void end_with_error(struct payload described) __attribute__((noreturn));

// The executable comes first in the order of symbols: a cell's top-level code calls this, not the runtime's, which ends the process.
BEAMLINE_EXPORT void swift_errorInMain(void *error) {
  arena_of_running_cell();
  struct payload described = {0};
  describe(error, &described);
  end_with_error(described);
}

// Called by `CellSupport` for an error that ended the handling of a message.
BEAMLINE_EXPORT void beamline_throw(const char *name, const char *words) {
  struct payload described = {0};
  put_string(&described, name);
  put_string(&described, words);
  end_with_error(described);
}

static void end_with_error(struct payload described) {
  struct arena *arena = arena_of_running_cell();
  arena->armed = 0;
  bool must_stop = cell_must_stop != 0;
  bool was_elsewhere = happened_elsewhere;
  finish();
  output_renew();
  input_renew();
  start_cell_thread();
  struct ending ending = {.how = was_elsewhere ? elsewhere.how : must_stop ? beamline_end_interrupted : beamline_end_threw};
  if (was_elsewhere) {
    ending = elsewhere;
    free(described.bytes);
    send_end(&ending, NULL);
  } else {
    ending.frame_count = contain_name_frames(thrown_at, thrown_count, ending.frames);
    send_end(&ending, &described);
  }
  contain_retire(arena);
}

void cells_watch_throws(void) {
  void (*set_handler)(void (*)(void)) = (void (*)(void (*)(void)))dlsym(RTLD_DEFAULT, "_swift_setWillThrowHandler");
  if (set_handler) set_handler(note_throw);
}

// What cells print and show reaches the kernel in the order in which they wrote it, although it travels on three pipes.
//
// The kernel reads all three pipes in one thread. So a writer that first waits until the other pipes are empty knows that what they
// held comes before what it writes now. This costs a system call where the stream does not change, and keeps file descriptors 1 and 2
// ordinary pipes, as child processes and C libraries expect.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include "runtime.h"

static pthread_mutex_t writing_lock = PTHREAD_MUTEX_INITIALIZER;
static __thread volatile sig_atomic_t writing_here;  // this thread holds the lock: it must not be jumped out of
static __thread struct { char *buffer; size_t size, count; } prompt;  // where an unfinished line goes while its thread asks for it
static int last_stream = 1;
static char last_words[max_words];
static size_t last_words_count;

static void lock_writing(void) {
  writing_here++;
  pthread_mutex_lock(&writing_lock);
}

static void unlock_writing(void) {
  pthread_mutex_unlock(&writing_lock);
  writing_here--;
}

bool output_is_writing(void) { return writing_here != 0; }

static void wait_until_read(int fd) {
  int waiting = 0;
  for (int turn = 0; ioctl(fd, FIONREAD, &waiting) == 0 && waiting > 0; turn++) {
    if (turn < 64) {
      sched_yield();
    } else {
      // Between cells nobody reads: a task that shows something waits for the next one, without wearing out a core.
      nanosleep(&(struct timespec){0, turn < 1000 ? 50 * 1000 : 5 * 1000 * 1000}, NULL);
    }
  }
}

static void write_all(int fd, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(fd, bytes, count);
    if (written < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return;
    }
    bytes += written;
    count -= (size_t)written;
  }
}

static void write_stream(int fd, const char *bytes, size_t count) {
  if (last_stream != fd) {
    wait_until_read(last_stream);
    last_stream = fd;
  }
  write_all(fd, bytes, count);
}

static void release_last_words(void) {
  if (last_words_count == 0) return;
  size_t count = last_words_count;
  last_words_count = 0;
  write_stream(2, last_words, count);
}

// «Fatal error: …» and «In[3]:2: Precondition failed: …» come right before the trap whose words they are.
static bool are_last_words(const char *bytes, size_t count) {
  const char *line_end = memchr(bytes, '\n', count);
  size_t line = line_end ? (size_t)(line_end - bytes) : count;
  const char *openings[] = {"Fatal error", "Precondition failed", "Assertion failed", "Fatal access conflict", "Simultaneous accesses",
                            "Could not cast value of type"};
  for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
    if (memmem(bytes, line, openings[i], strlen(openings[i]))) return true;
  }
  return false;
}

static ssize_t stdout_write(void *cookie, const char *bytes, size_t count) {
  (void)cookie;
  const char *line_feed = memrchr(bytes, '\n', count);
  size_t finished = line_feed ? (size_t)(line_feed - bytes) + 1 : 0;
  size_t leaving = count;
  if (prompt.buffer && count - finished < prompt.size) {
    leaving = finished;
    prompt.count = count - finished;
    memcpy(prompt.buffer, bytes + finished, prompt.count);
  }
  lock_writing();
  if (leaving > 0) write_stream(1, bytes, leaving);
  unlock_writing();
  // A loop that does nothing but print is hardly ever met anywhere else. The stream is left locked; the next cell gets a fresh one.
  struct arena *arena = current_arena;
  if (cell_was_asked && cell_must_stop && arena && arena == cell_arena && arena->armed && !arena->handling && !arena->awaiting) {
    contain_leave(beamline_end_interrupted, 0);
  }
  return (ssize_t)count;
}

static ssize_t stderr_write(void *cookie, const char *bytes, size_t count) {
  (void)cookie;
  lock_writing();
  // A message may come in pieces.
  if ((last_words_count > 0 || are_last_words(bytes, count)) && last_words_count + count < max_words) {
    memcpy(last_words + last_words_count, bytes, count);
    last_words_count += count;
  } else {
    release_last_words();
    write_stream(2, bytes, count);
  }
  unlock_writing();
  return (ssize_t)count;
}

void output_take_last_words(char *buffer, size_t size) {
  lock_writing();
  size_t count = last_words_count < size - 1 ? last_words_count : size - 1;
  memcpy(buffer, last_words, count);
  buffer[count] = 0;
  last_words_count = 0;
  unlock_writing();
}

static void flush_stream(FILE *stream) {
  // The owner of the lock may be a thread that will never give it back.
  if (ftrylockfile(stream) != 0) return;
  fflush_unlocked(stream);
  funlockfile(stream);
}

void output_flush(void) {
  flush_stream(stdout);
  flush_stream(stderr);
  lock_writing();
  release_last_words();
  unlock_writing();
}

void output_take_prompt(char *buffer, size_t size) {
  prompt.buffer = buffer;
  prompt.size = size;
  prompt.count = 0;
  flush_stream(stdout);
  buffer[prompt.count] = 0;
  prompt.buffer = NULL;
}

static FILE *open_stream(cookie_write_function_t *writer) {
  FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = writer});
  setvbuf(stream, NULL, _IOLBF, 1 << 16);
  return stream;
}

void output_renew(void) {
  fflush_unlocked(stdout);
  fflush_unlocked(stderr);
  stdout = open_stream(stdout_write);
  stderr = open_stream(stderr_write);
}

// A line without its end is shown too, a moment later: a progress bar. Not at once, since it may be the prompt of a question.
static void *flush_now_and_then(void *unused) {
  (void)unused;
  bool was_unfinished = false;
  for (;;) {
    nanosleep(&(struct timespec){0, 40 * 1000 * 1000}, NULL);
    bool is_unfinished = false;
    if (ftrylockfile(stdout) == 0) {
      is_unfinished = __fpending(stdout) > 0;
      if (is_unfinished && was_unfinished) fflush_unlocked(stdout);
      funlockfile(stdout);
    }
    was_unfinished = is_unfinished;
    flush_stream(stderr);
  }
  return NULL;
}

void output_start(void) {
  // C++ streams keep the old ones.
  setvbuf(stdout, NULL, _IOLBF, 1 << 16);
  stdout = open_stream(stdout_write);
  stderr = open_stream(stderr_write);
  pthread_t thread;
  pthread_create(&thread, NULL, flush_now_and_then, NULL);
}

static void put(struct payload *p, const void *bytes, size_t count) {
  if (p->count + count > p->capacity) {
    p->capacity = (p->count + count) * 2 + 64;
    p->bytes = realloc(p->bytes, p->capacity);
  }
  memcpy(p->bytes + p->count, bytes, count);
  p->count += count;
}

void put_u8(struct payload *p, uint8_t value) { put(p, &value, 1); }
void put_u32(struct payload *p, uint32_t value) { put(p, &value, 4); }
void put_u64(struct payload *p, uint64_t value) { put(p, &value, 8); }
void put_string(struct payload *p, const char *text) {
  size_t count = strlen(text);
  put_u32(p, (uint32_t)count);
  put(p, text, count);
}

// Called by `CellSupport`, which finds it by name.
BEAMLINE_EXPORT void beamline_emit(uint8_t kind, const void *bytes, size_t count) {
  output_flush();
  lock_writing();
  wait_until_read(1);
  wait_until_read(2);
  unsigned char head[5];
  uint32_t length = (uint32_t)count + 1;
  memcpy(head, &length, 4);
  head[4] = kind;
  write_all(beamline_events_fd, (const char *)head, sizeof head);
  write_all(beamline_events_fd, bytes, count);
  wait_until_read(beamline_events_fd);
  unlock_writing();
}

void emit_payload(uint8_t kind, struct payload *p) {
  beamline_emit(kind, p->bytes, p->count);
  free(p->bytes);
  *p = (struct payload){0};
}

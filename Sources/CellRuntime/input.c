// Standard input: whoever reads a line from an empty stream asks the person at the front end.
//
// `stdin` is a stream whose reads are questions to the kernel, so that Swift's `readLine()` and C's `getline`, `fgets` and `scanf` work.
// File descriptor 0 itself is empty: a child process, or a read of the descriptor, meets the end of the file.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "runtime.h"

enum { longest_prompt = 4096 };

static pthread_mutex_t asking = PTHREAD_MUTEX_INITIALIZER;  // one question at a time
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static enum { silent, asked, answered, refused, cancelled } state;
static char *answer;

static void set_state(int from, int to, const char *line) {
  pthread_mutex_lock(&lock);
  if (state == from) {
    state = to;
    if (line) answer = strdup(line);
    pthread_cond_broadcast(&changed);
  }
  pthread_mutex_unlock(&lock);
}

void input_answer(bool is_line, const char *line) { set_state(asked, is_line ? answered : refused, is_line ? line : NULL); }
void input_cancel(void) { set_state(asked, cancelled, NULL); }

// The line without its end, to be freed; NULL when the cell ended or was stopped while another thread than its own waited.
// Where the front end cannot be asked, and where the cell's own thread is stopped, this does not return.
static char *ask(const char *prompt, bool is_password) {
  struct arena *arena = current_arena;
  if (arena && !arena->armed) return NULL;
  if (arena) arena->awaiting = 1;
  pthread_mutex_lock(&asking);
  // Before the question is sent: the answer, or an interrupt, may come at once.
  set_state(silent, asked, NULL);
  if (cell_must_stop) input_cancel();
  struct payload p = {0};
  put_u8(&p, is_password);
  put_string(&p, prompt);
  emit_payload(beamline_event_input, &p);
  pthread_mutex_lock(&lock);
  while (state == asked) pthread_cond_wait(&changed, &lock);
  int result = state;
  char *line = answer;
  state = silent;
  answer = NULL;
  pthread_mutex_unlock(&lock);
  pthread_mutex_unlock(&asking);
  if (result != answered) fputs(prompt, stdout);  // nobody has seen it
  if (arena) arena->awaiting = 0;
  if (result == refused) contain_leave(beamline_end_no_input, 0);
  if (result == cancelled && arena && arena == cell_arena) contain_leave(beamline_end_interrupted, 0);
  return line;
}

// Called by `CellSupport`, which finds it by name.
BEAMLINE_EXPORT char *beamline_ask(const char *prompt, bool is_password) {
  output_flush();
  return ask(prompt, is_password);
}

// What is left of the last line; guarded by the stream's own lock.
static char *rest;
static size_t rest_start, rest_count;

static ssize_t stdin_read(void *cookie, char *buffer, size_t size) {
  (void)cookie;
  if (rest_start == rest_count) {
    free(rest);
    rest = NULL;
    rest_start = rest_count = 0;
    char prompt[longest_prompt];
    output_take_prompt(prompt, sizeof prompt);
    char *line = ask(prompt, false);
    if (!line) {
      errno = ECANCELED;
      return -1;
    }
    rest_count = strlen(line) + 1;
    rest = line;
    rest[rest_count - 1] = '\n';  // in place of the end of the string
  }
  size_t count = rest_count - rest_start < size ? rest_count - rest_start : size;
  memcpy(buffer, rest + rest_start, count);
  rest_start += count;
  return (ssize_t)count;
}

void input_forget_failure(void) {
  if (ftrylockfile(stdin) != 0) return;
  clearerr_unlocked(stdin);
  funlockfile(stdin);
}

void input_renew(void) { stdin = fopencookie(NULL, "r", (cookie_io_functions_t){.read = stdin_read}); }

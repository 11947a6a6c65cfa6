// Shared by the files of the cell runtime, and seen by nobody else.
#pragma once
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "CWorkerProtocol.h"

#define BEAMLINE_EXPORT __attribute__((visibility("default")))

// --- output.c: the two streams and the pipe of events, in the order in which they were written

void output_start(void);
// Gives the process fresh stdout and stderr: a thread that was jumped out of may hold the locks of the old ones for ever.
void output_renew(void);
void output_flush(void);
// Whether the calling thread is inside a write of this file.
bool output_is_writing(void);
// The runtime's last words, held back from stderr because a trap follows them; empty when there are none. Taken once.
void output_take_last_words(char *buffer, size_t size);

struct payload { unsigned char *bytes; size_t count, capacity; };
void put_u8(struct payload *p, uint8_t value);
void put_u32(struct payload *p, uint32_t value);
void put_u64(struct payload *p, uint64_t value);
void put_string(struct payload *p, const char *text);
// Sends and empties the payload.
void emit_payload(uint8_t kind, struct payload *p);

// The unfinished line on stdout that has not left yet: it does not leave, and is the prompt of a question. Empty if there is none.
void output_take_prompt(char *buffer, size_t size);

// --- input.c: questions to the person at the front end

// Gives the process a fresh stdin.
void input_renew(void);
// A stream remembers that a read failed, as one does that an interrupt has released: the next cell reads again.
void input_forget_failure(void);
void input_answer(bool is_line, const char *line);
// Releases whoever waits for an answer.
void input_cancel(void);

// --- contain.c: traps, exits and interrupts

enum { max_frames = 48, max_words = 8192 };
struct frame { uint32_t cell; uint64_t offset; };
struct ending {
  enum beamline_end how;
  int number;  // signal or exit status
  char words[max_words];
  struct frame frames[max_frames];
  int frame_count;
};

// A thread that may run a user's code and can be jumped out of.
struct arena {
  sigjmp_buf home;
  volatile sig_atomic_t armed;     // home is valid
  volatile sig_atomic_t handling;  // inside the handler
  volatile sig_atomic_t awaiting;  // inside beamline_await: it leaves by itself
  char *stack;
  size_t stack_size;
  struct ending ending;
};
extern __thread struct arena *current_arena;

void contain_start(void);
// Gives the calling thread the stack that handlers run on.
void contain_thread(struct arena *arena);
// Starts a detached thread whose stack is mapped for it alone.
void contain_spawn(void *(*body)(void *), struct arena *arena, size_t stack_size);
// Ends a thread that was jumped out of: its thread-local state (exclusivity, active task) is stale. Its stack, which others may still use, stays.
void contain_retire(struct arena *arena) __attribute__((noreturn));
// Code that an interrupt may jump out of, and in which return addresses are worth reporting when `cell` is not zero.
void contain_add_code(const void *address_inside, uint32_t cell);
// The same for all code of a library that was loaded.
void contain_add_library(void *handle, uint32_t number);
// Where the calling thread is: its frames that lie in cells, innermost first.
int contain_collect(struct frame *frames);
// Of these return addresses, those that lie in cells.
int contain_name_frames(const uintptr_t *addresses, int count, struct frame *frames);
// Ends what the calling thread does, and with it the cell.
void contain_leave(enum beamline_end how, int number) __attribute__((noreturn));
const char *contain_failure_words(const struct ending *ending);

// --- cells.c: the thread that runs cells

void cells_start(void);
void cells_run(uint32_t cell, const char *path, const char *symbol);
// Hands a message of a comm to the library of cells, on the thread of cells, as if it were a cell.
void cells_receive(const void *message, size_t count);
void cells_interrupt(void);
// From now on the place of each throw is noted.
void cells_watch_throws(void);
// A thread other than the cell's trapped or called exit.
void cells_elsewhere(const struct ending *ending);
extern struct arena *volatile cell_arena;
extern volatile sig_atomic_t cell_was_asked;  // asked some time ago: it may be left wherever that harms nothing
extern volatile sig_atomic_t cell_must_stop;  // an interrupt was asked for, or something happened elsewhere

// --- conformances.c

// Takes in the conformances of a shared object that was just loaded at `base`: a later one replaces those before it.
void conformances_adopt(const char *path, uintptr_t base);

// --- executor.c: Swift's tasks

void executor_start(void);
void executor_serve_main(void) __attribute__((noreturn));
// Calls a function on the main thread and waits for its return.
void executor_call_on_main(void (*body)(void *), void *argument);

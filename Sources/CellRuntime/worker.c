// The worker's life: load the library that cells use, serve commands until the kernel is gone.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "CellRuntime.h"
#include "runtime.h"

static bool read_all(void *bytes, size_t count) {
  char *into = bytes;
  while (count > 0) {
    ssize_t got = read(beamline_commands_fd, into, count);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    into += got;
    count -= (size_t)got;
  }
  return true;
}

static const char *take_string(const unsigned char **cursor, char **owned) {
  uint32_t count;
  memcpy(&count, *cursor, 4);
  *owned = strndup((const char *)*cursor + 4, count);
  *cursor += 4 + count;
  return *owned;
}

static void load(void *path) { dlopen(path, RTLD_NOW | RTLD_GLOBAL); }

static void load_library(const char *path, uint32_t number) {
  // On the main thread: Foundation takes the thread that loads it for the main one.
  executor_call_on_main(load, (void *)path);
  void *handle = dlopen(path, RTLD_NOW | RTLD_NOLOAD);
  if (handle) {
    if (number) contain_add_library(handle, number);
    return;
  }
  struct payload p = {0};
  put_string(&p, dlerror());
  put_u8(&p, 0);
  emit_payload(beamline_event_failed, &p);
}

static void *serve_commands(void *unused) {
  (void)unused;
  uint32_t length;
  while (read_all(&length, 4)) {
    unsigned char *frame = malloc(length);
    if (!read_all(frame, length)) break;
    const unsigned char *cursor = frame + 1;
    char *path = NULL, *symbol = NULL;
    uint32_t cell, number;
    switch (frame[0]) {
      case beamline_command_library:
        take_string(&cursor, &path);
        memcpy(&number, cursor, 4);
        load_library(path, number);
        break;
      case beamline_command_comm:
        cells_receive(cursor, length - 1);
        break;
      case beamline_command_run:
        memcpy(&cell, cursor, 4);
        cursor += 4;
        take_string(&cursor, &path);
        take_string(&cursor, &symbol);
        cells_run(cell, path, symbol);
        break;
      case beamline_command_interrupt:
        cells_interrupt();
        break;
      case beamline_command_answer: {
        bool is_line = *cursor++ != 0;
        input_answer(is_line, take_string(&cursor, &path));
        break;
      }
    }
    free(path);
    free(symbol);
    free(frame);
  }
  // The kernel is gone. Nothing is left to be told, and nothing of a cell's may hold this up.
  _exit(0);
}

int beamline_worker(const char *library) {
  fcntl(beamline_events_fd, F_SETFD, FD_CLOEXEC);
  fcntl(beamline_commands_fd, F_SETFD, FD_CLOEXEC);
  void *handle = dlopen(library, RTLD_NOW | RTLD_GLOBAL);
  if (!handle) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  output_start();
  input_renew();
  contain_start();
  void (*start_cells)(void) = (void (*)(void))dlsym(handle, "beamline_start_cells");
  if (!start_cells) {
    fprintf(stderr, "%s is not the library that cells use\n", library);
    return 1;
  }
  contain_add_code((void *)start_cells, 0);
  executor_start();
  cells_watch_throws();
  cells_start();
  start_cells();
  pthread_t thread;
  pthread_create(&thread, NULL, serve_commands, NULL);
  executor_serve_main();
}

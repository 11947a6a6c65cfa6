// Answers questions about source text with the toolchain's own sourcekitd, in a process of its own: a crash of the compiler on a half-written
// cell must cost a completion, not the kernel.
//
// On standard input: a 32-bit length and a request in sourcekitd's YAML. On standard output: a 32-bit length and the answer as JSON, or
// nothing but the length 0 when there is none. Ends with its input.
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct { uint64_t data[3]; } variant;  // sourcekitd_variant_t

static void (*initialize)(void);
static void *(*request_from_yaml)(const char *, char **);
static void *(*send_request)(void *);
static void (*release_request)(void *);
static void (*dispose_response)(void *);
static bool (*is_error)(void *);
static variant (*value_of)(void *);
static char *(*json_of)(variant);

static void *find(void *library, const char *name) {
  void *symbol = dlsym(library, name);
  if (!symbol) {
    fprintf(stderr, "sourcekitd has no %s\n", name);
    exit(1);
  }
  return symbol;
}

static int all(ssize_t (*move)(int, void *, size_t), int fd, void *bytes, size_t count) {
  char *cursor = bytes;
  while (count > 0) {
    ssize_t moved = move(fd, cursor, count);
    if (moved <= 0) return 0;
    cursor += moved;
    count -= (size_t)moved;
  }
  return 1;
}

static ssize_t write_some(int fd, void *bytes, size_t count) { return write(fd, bytes, count); }

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "beamline-editor is started by beamline.\n");
    return 2;
  }
  void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  initialize = find(library, "sourcekitd_initialize");
  request_from_yaml = find(library, "sourcekitd_request_create_from_yaml");
  send_request = find(library, "sourcekitd_send_request_sync");
  release_request = find(library, "sourcekitd_request_release");
  dispose_response = find(library, "sourcekitd_response_dispose");
  is_error = find(library, "sourcekitd_response_is_error");
  value_of = find(library, "sourcekitd_response_get_value");
  json_of = find(library, "sourcekitd_variant_json_description_copy");
  // What the library prints is not an answer.
  int answers = dup(1), nothing = open("/dev/null", O_WRONLY);
  dup2(nothing, 1);
  dup2(nothing, 2);
  initialize();
  uint32_t length;
  while (all(read, 0, &length, 4)) {
    char *yaml = calloc(1, (size_t)length + 1), *json = NULL;
    if (!all(read, 0, yaml, length)) break;
    void *request = request_from_yaml(yaml, NULL);
    if (request) {
      void *response = send_request(request);
      if (!is_error(response)) json = json_of(value_of(response));
      dispose_response(response);
      release_request(request);
    }
    uint32_t size = json ? (uint32_t)strlen(json) : 0;
    if (!all(write_some, answers, &size, 4) || !all(write_some, answers, json, size)) break;
    free(json);
    free(yaml);
  }
  _exit(0);
}

// libcurl by its published ABI, which has not changed since version 7.66: loaded late, because few cells download anything.
#include "CHub.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  option_write_data = 10001, option_url = 10002, option_error_buffer = 10010, option_headers = 10023,
  option_header_data = 10029, option_write_function = 20011, option_header_function = 20079,
  option_low_speed_limit = 19, option_low_speed_time = 20, option_no_body = 44, option_no_signal = 99, option_connect_milliseconds = 156,
  option_protocols = 181, info_response_code = 0x200002, message_done = 1, global_all = 3, http_and_https = 3,
};
struct message { int kind; void *easy; union { void *whatever; int result; } data; };

static struct {
  int (*global_init)(long);
  void *(*easy_init)(void);
  int (*easy_setopt)(void *, int, ...);
  void (*easy_reset)(void *);
  void (*easy_cleanup)(void *);
  const char *(*easy_strerror)(int);
  void *(*slist_append)(void *, const char *);
  void (*slist_free_all)(void *);
  void *(*multi_init)(void);
  int (*multi_add_handle)(void *, void *);
  int (*multi_remove_handle)(void *, void *);
  int (*multi_perform)(void *, int *);
  int (*multi_poll)(void *, void *, unsigned, int, int *);
  struct message *(*multi_info_read)(void *, int *);
  int (*multi_cleanup)(void *);
} curl;
static bool is_loaded;

static void load(void) {
#if defined(__APPLE__)
  const char *names[] = {"libcurl.4.dylib", "libcurl.dylib"};
#else
  const char *names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.so"};
#endif
  void *library = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
#define FIND(name) (*(void **)&curl.name = dlsym(library, "curl_" #name)) != NULL
  is_loaded = FIND(global_init) && FIND(easy_init) && FIND(easy_setopt) && FIND(easy_reset) && FIND(easy_cleanup) &&
              FIND(easy_strerror) && FIND(slist_append) && FIND(slist_free_all) && FIND(multi_init) && FIND(multi_add_handle) &&
              FIND(multi_remove_handle) && FIND(multi_perform) && FIND(multi_poll) && FIND(multi_info_read) && FIND(multi_cleanup) &&
              curl.global_init(global_all) == 0;
}

struct ch_client { void *multi, *easy; };

ch_client *ch_client_make(char *message, size_t size) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  if (!is_loaded) {
    snprintf(message, size, "libcurl 4 is not installed");
    return NULL;
  }
  ch_client *client = calloc(1, sizeof *client);
  client->multi = curl.multi_init();
  client->easy = curl.easy_init();
  return client;
}

void ch_client_free(ch_client *client) {
  if (!client) return;
  curl.easy_cleanup(client->easy);
  curl.multi_cleanup(client->multi);
  free(client);
}

struct transfer { const struct ch_request *request; bool is_refused; };

static size_t take_header(char *bytes, size_t size, size_t count, void *context) {
  struct transfer *transfer = context;
  transfer->request->on_header(transfer->request->context, bytes, size * count);
  return size * count;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
  struct transfer *transfer = context;
  if (transfer->request->on_body(transfer->request->context, bytes, size * count)) return size * count;
  transfer->is_refused = true;
  return 0;
}

static enum ch_outcome outcome(int code) {
  switch (code) {
    case 0: return ch_done;
    case 5: case 6: case 7: return ch_unreachable;
    case 28: return ch_timed_out;
    case 16: case 18: case 52: case 55: case 56: case 92: return ch_broken;
    case 35: case 51: case 53: case 54: case 58: case 59: case 60: case 77: case 83: case 90: case 91: return ch_insecure;
    default: return ch_failed;
  }
}

enum ch_outcome ch_perform(ch_client *client, const struct ch_request *request, char *message, size_t size) {
  struct transfer transfer = {request, false};
  char words[256] = "";
  void *headers = NULL, *easy = client->easy;
  for (int i = 0; i < request->header_count; i++) headers = curl.slist_append(headers, request->headers[i]);
  curl.easy_reset(easy);
  curl.easy_setopt(easy, option_url, request->url);
  curl.easy_setopt(easy, option_protocols, (long)http_and_https);
  curl.easy_setopt(easy, option_no_body, (long)(strcmp(request->method, "HEAD") == 0));
  curl.easy_setopt(easy, option_headers, headers);
  curl.easy_setopt(easy, option_no_signal, 1L);
  curl.easy_setopt(easy, option_error_buffer, words);
  curl.easy_setopt(easy, option_connect_milliseconds, request->connect_milliseconds);
  curl.easy_setopt(easy, option_low_speed_limit, 1L);
  curl.easy_setopt(easy, option_low_speed_time, request->idle_seconds);
  curl.easy_setopt(easy, option_header_function, take_header);
  curl.easy_setopt(easy, option_header_data, &transfer);
  curl.easy_setopt(easy, option_write_function, take_body);
  curl.easy_setopt(easy, option_write_data, &transfer);
  curl.multi_add_handle(client->multi, easy);
  int running = 1, code = -1;
  bool is_stopped = false;
  while (running && !is_stopped) {
    if (curl.multi_perform(client->multi, &running) != 0) break;
    is_stopped = request->should_stop(request->context);
    if (running && !is_stopped) curl.multi_poll(client->multi, NULL, 0, 100, NULL);
  }
  int left;
  for (struct message *done; (done = curl.multi_info_read(client->multi, &left));) {
    if (done->kind == message_done && done->easy == easy) code = done->data.result;
  }
  curl.multi_remove_handle(client->multi, easy);
  curl.slist_free_all(headers);
  snprintf(message, size, "%s", words[0] ? words : code > 0 ? curl.easy_strerror(code) : "");
  // A transfer that was complete before anybody looked is complete.
  if (transfer.is_refused || (is_stopped && code != 0)) return ch_stopped;
  return code < 0 ? ch_failed : outcome(code);
}

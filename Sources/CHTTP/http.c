#define _GNU_SOURCE
#include "CHTTP.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// libcurl's interface as far as it is used here, written out: its numbers have not changed since version 7, and so neither the build nor a
// machine that never asks for anything needs libcurl.
typedef void CURL, CURLM;
struct curl_slist;
struct message {
  int kind;
  CURL *easy;
  union {
    void *whatever;
    int result;
  } data;
};
enum {
  long_option = 0, object_option = 10000, function_option = 20000, offset_option = 30000,
  opt_timeout_ms = long_option + 155, opt_connect_timeout_ms = long_option + 156, opt_low_speed_limit = long_option + 19,
  opt_low_speed_time = long_option + 20, opt_nosignal = long_option + 99, opt_followlocation = long_option + 52,
  opt_maxredirs = long_option + 68, opt_nobody = long_option + 44, opt_postfieldsize = offset_option + 120,
  opt_protocols = long_option + 181, opt_redir_protocols = long_option + 182, opt_url = object_option + 2,
  opt_customrequest = object_option + 36, opt_httpheader = object_option + 23, opt_postfields = object_option + 15,
  opt_writedata = object_option + 1, opt_headerdata = object_option + 29, opt_errorbuffer = object_option + 10,
  opt_useragent = object_option + 18, opt_writefunction = function_option + 11, opt_headerfunction = function_option + 79,
  info_effective_url = 0x100000 + 1, http_and_https = 3, global_all = 3, message_done = 1,
};

static struct {
  int (*global_init)(long);
  CURL *(*easy_init)(void);
  int (*easy_setopt)(CURL *, int, ...);
  int (*easy_getinfo)(CURL *, int, ...);
  const char *(*easy_strerror)(int);
  void (*easy_cleanup)(CURL *);
  struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
  void (*slist_free_all)(struct curl_slist *);
  CURLM *(*multi_init)(void);
  int (*multi_add_handle)(CURLM *, CURL *);
  int (*multi_remove_handle)(CURLM *, CURL *);
  int (*multi_perform)(CURLM *, int *);
  int (*multi_poll)(CURLM *, void *, unsigned, int, int *);
  int (*multi_wakeup)(CURLM *);
  struct message *(*multi_info_read)(CURLM *, int *);
  int (*multi_cleanup)(CURLM *);
} curl;
static bool is_available;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_library(void) {
  static const char *const names[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.so"};
  void *library = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!library) return;
  bool whole = true;
#define FIND(name) whole &= (*(void **)&curl.name = dlsym(library, "curl_" #name)) != NULL
  FIND(global_init); FIND(easy_init); FIND(easy_setopt); FIND(easy_getinfo); FIND(easy_strerror); FIND(easy_cleanup);
  FIND(slist_append); FIND(slist_free_all); FIND(multi_init); FIND(multi_add_handle); FIND(multi_remove_handle); FIND(multi_perform);
  FIND(multi_poll); FIND(multi_wakeup); FIND(multi_info_read); FIND(multi_cleanup);
#undef FIND
  is_available = whole && curl.global_init(global_all) == 0;
}

bool beamline_http_available(void) {
  pthread_once(&once, open_library);
  return is_available;
}

// A multi handle keeps its connections open: the next transfer to the same server takes one that is idle, instead of a new handshake.
enum { pool_size = 16 };
static CURLM *pool[pool_size];
static int pooled;
static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;

static CURLM *take_multi(void) {
  CURLM *multi = NULL;
  pthread_mutex_lock(&pool_lock);
  if (pooled > 0) multi = pool[--pooled];
  pthread_mutex_unlock(&pool_lock);
  return multi ? multi : curl.multi_init();
}

static void return_multi(CURLM *multi) {
  pthread_mutex_lock(&pool_lock);
  bool kept = pooled < pool_size;
  if (kept) pool[pooled++] = multi;
  pthread_mutex_unlock(&pool_lock);
  if (!kept) curl.multi_cleanup(multi);
}

struct beamline_transfer {
  CURLM *multi;
  atomic_bool is_cancelled;
  const beamline_http_request *request;
  bool was_stopped;
};

beamline_transfer *beamline_transfer_make(void) {
  if (!beamline_http_available()) return NULL;
  beamline_transfer *transfer = calloc(1, sizeof *transfer);
  if (transfer && !(transfer->multi = take_multi())) {
    free(transfer);
    return NULL;
  }
  return transfer;
}

void beamline_transfer_cancel(beamline_transfer *transfer) {
  atomic_store(&transfer->is_cancelled, true);
  curl.multi_wakeup(transfer->multi);
}

void beamline_transfer_free(beamline_transfer *transfer) {
  return_multi(transfer->multi);
  free(transfer);
}

static size_t take_header(char *line, size_t size, size_t count, void *context) {
  beamline_transfer *transfer = context;
  if (transfer->request->header(transfer->request->context, line, size * count)) return size * count;
  transfer->was_stopped = true;
  return 0;
}

static size_t take_bytes(char *bytes, size_t size, size_t count, void *context) {
  beamline_transfer *transfer = context;
  if (atomic_load(&transfer->is_cancelled)) return 0;
  if (transfer->request->bytes(transfer->request->context, bytes, size * count)) return size * count;
  transfer->was_stopped = true;
  // 0 bytes taken of an empty piece would count as success.
  return size * count == 0 ? 1 : 0;
}

static enum beamline_http_end end_of(const beamline_transfer *transfer, int code) {
  if (code == 0) return beamline_http_done;
  if (atomic_load(&transfer->is_cancelled)) return beamline_http_cancelled;
  if (transfer->was_stopped) return beamline_http_stopped;
  switch (code) {
    case 1: case 3: return beamline_http_bad_url;
    case 5: case 6: return beamline_http_no_host;
    case 7: return beamline_http_no_connection;
    case 28: return beamline_http_timed_out;
    case 35: case 51: case 53: case 54: case 58: case 59: case 60: case 66: case 77: case 80: case 82: case 83: case 90: case 91:
      return beamline_http_not_secure;
    case 47: return beamline_http_too_many_redirects;
    default: return beamline_http_broken;
  }
}

void beamline_transfer_run(beamline_transfer *transfer, const beamline_http_request *request, beamline_http_result *result) {
  *result = (beamline_http_result){.end = beamline_http_broken};
  transfer->request = request;
  transfer->was_stopped = false;
  CURL *easy = curl.easy_init();
  if (!easy) return;
  char words[256] = "";  // CURL_ERROR_SIZE
  struct curl_slist *headers = NULL;
  for (const char *const *header = request->headers; *header; header++) headers = curl.slist_append(headers, *header);
  curl.easy_setopt(easy, opt_errorbuffer, words);
  curl.easy_setopt(easy, opt_nosignal, 1L);
  curl.easy_setopt(easy, opt_protocols, (long)http_and_https);
  curl.easy_setopt(easy, opt_redir_protocols, (long)http_and_https);
  curl.easy_setopt(easy, opt_followlocation, request->stays ? 0L : 1L);
  curl.easy_setopt(easy, opt_maxredirs, 10L);
  curl.easy_setopt(easy, opt_url, request->url);
  curl.easy_setopt(easy, opt_useragent, "Beamline");
  curl.easy_setopt(easy, opt_httpheader, headers);
  if (request->body) {
    curl.easy_setopt(easy, opt_postfieldsize, (long long)request->body_length);
    curl.easy_setopt(easy, opt_postfields, request->body);
  }
  if (strcmp(request->method, "HEAD") == 0) curl.easy_setopt(easy, opt_nobody, 1L);
  // GET and POST are what libcurl does by itself; named, a POST would stay one after «303 See Other».
  else if (strcmp(request->method, request->body ? "POST" : "GET") != 0) curl.easy_setopt(easy, opt_customrequest, request->method);
  curl.easy_setopt(easy, opt_connect_timeout_ms, request->connect_milliseconds);
  if (request->total_milliseconds > 0) curl.easy_setopt(easy, opt_timeout_ms, request->total_milliseconds);
  if (request->idle_seconds > 0) {
    curl.easy_setopt(easy, opt_low_speed_limit, 1L);
    curl.easy_setopt(easy, opt_low_speed_time, request->idle_seconds);
  }
  curl.easy_setopt(easy, opt_headerfunction, take_header);
  curl.easy_setopt(easy, opt_headerdata, transfer);
  curl.easy_setopt(easy, opt_writefunction, take_bytes);
  curl.easy_setopt(easy, opt_writedata, transfer);

  int code = 2;  // CURLE_FAILED_INIT
  if (curl.multi_add_handle(transfer->multi, easy) == 0) {
    int running = 1;
    while (!atomic_load(&transfer->is_cancelled) && curl.multi_perform(transfer->multi, &running) == 0 && running > 0) {
      if (curl.multi_poll(transfer->multi, NULL, 0, 1000, NULL) != 0) break;
    }
    int left = 0;
    for (struct message *message; (message = curl.multi_info_read(transfer->multi, &left));) {
      if (message->kind == message_done && message->easy == easy) code = message->data.result;
    }
    const char *url = NULL;
    if (curl.easy_getinfo(easy, info_effective_url, &url) == 0 && url) snprintf(result->url, sizeof result->url, "%s", url);
    curl.multi_remove_handle(transfer->multi, easy);
  }
  result->end = end_of(transfer, code);
  snprintf(result->message, sizeof result->message, "%s", words[0] ? words : curl.easy_strerror(code));
  curl.slist_free_all(headers);
  curl.easy_cleanup(easy);
}

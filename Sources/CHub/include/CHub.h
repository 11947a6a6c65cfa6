// What a download needs and Swift cannot say: libcurl, whose functions take any number of arguments, digests, and a thread to work on.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// --- curl.c: libcurl, loaded when the first request is made

// A request: called back on the thread that performs it.
struct ch_request {
  const char *method;  // "GET" or "HEAD"
  const char *url;
  const char *const *headers;  // "Name: value"
  int header_count;
  long connect_milliseconds;
  long idle_seconds;  // a transfer that stands still for so long has failed
  void *context;
  void (*on_header)(void *context, const char *line, size_t count);
  bool (*on_body)(void *context, const void *bytes, size_t count);  // false ends the transfer
  bool (*should_stop)(void *context);                               // asked ten times a second
};

enum ch_outcome {
  ch_done = 0,
  ch_stopped,       // should_stop or on_body said so
  ch_unreachable,   // no address, no connection
  ch_timed_out,
  ch_broken,        // the connection ended too early
  ch_insecure,      // the certificate was not accepted
  ch_failed,        // anything else
};

typedef struct ch_client ch_client;
// NULL when there is no libcurl; then `message` says which names were tried.
ch_client *ch_client_make(char *message, size_t size);
void ch_client_free(ch_client *client);
// Performs one request, follows no redirect. `message` gets libcurl's words about a failure.
enum ch_outcome ch_perform(ch_client *client, const struct ch_request *request, char *message, size_t size);

// --- digest.c: SHA-1 and SHA-256 (FIPS 180-4)

struct ch_digest {
  uint32_t state[8];
  uint64_t count;
  uint8_t block[64];
  bool is_sha256;
};
void ch_digest_begin(struct ch_digest *digest, bool is_sha256);
void ch_digest_add(struct ch_digest *digest, const void *bytes, size_t count);
// Writes 40 or 64 hexadecimal digits and a zero.
void ch_digest_end(struct ch_digest *digest, char *hexadecimal);

// --- work.c

// Runs `work` on a thread of its own; until it returns, calls `tick` on this one about ten times a second.
// False when there is no thread to be had: then nothing ran.
bool ch_work(void (*work)(void *), void (*tick)(void *), void *context);

// One HTTP transfer at a time per object, through the system's libcurl, which is opened at the first use and by nothing before it.
#pragma once
#include <stdbool.h>
#include <stddef.h>

typedef struct beamline_transfer beamline_transfer;

typedef struct {
  const char *url;
  const char *method;
  const char *const *headers;  // «Name: value», ended by NULL
  const void *body;            // NULL for none; must live as long as the transfer
  size_t body_length;
  long connect_milliseconds;
  long idle_seconds;         // without a byte in either direction; 0 for no limit
  long total_milliseconds;   // 0 for no limit
  bool stays;                // at the first response, though it be a redirect
  void *context;
  // Called on the thread that runs the transfer. `header` gets every line of every head, redirects included; `bytes` gets the body of the last
  // response. false ends the transfer.
  bool (*header)(void *context, const char *line, size_t length);
  bool (*bytes)(void *context, const void *bytes, size_t length);
} beamline_http_request;

enum beamline_http_end {
  beamline_http_done,
  beamline_http_stopped,    // by a callback
  beamline_http_cancelled,  // by beamline_transfer_cancel
  beamline_http_bad_url,
  beamline_http_no_host,
  beamline_http_no_connection,
  beamline_http_timed_out,
  beamline_http_not_secure,
  beamline_http_too_many_redirects,
  beamline_http_broken,
};

typedef struct {
  enum beamline_http_end end;
  char url[2048];     // where the last response came from
  char message[512];  // libcurl's words where `end` does not say it all
} beamline_http_result;

// Whether libcurl is here.
bool beamline_http_available(void);

// NULL when libcurl is missing or memory is.
beamline_transfer *beamline_transfer_make(void);
// Blocks until the transfer is over.
void beamline_transfer_run(beamline_transfer *transfer, const beamline_http_request *request, beamline_http_result *result);
// Ends the transfer at once; from any thread, before or while it runs.
void beamline_transfer_cancel(beamline_transfer *transfer);
void beamline_transfer_free(beamline_transfer *transfer);

// What the kernel and a worker say to each other, over two pipes.
//
// A frame is a 32-bit length (of what follows), one byte that names its kind, and the fields below. Numbers are little-endian;
// a string is a 32-bit length and its bytes. What cells print is not framed: it travels on the worker's file descriptors 1 and 2.
#pragma once
#include <stdint.h>

enum {
  // File descriptors that a worker is started with, beside 0, 1 and 2.
  beamline_events_fd = 3,
  beamline_commands_fd = 4,
};

// Kernel to worker.
enum beamline_command {
  beamline_command_library = 'L',    // string: path of a shared library that later cells link against
  beamline_command_run = 'R',        // u32: cell, string: path of the cell's shared object, string: entry symbol
  beamline_command_interrupt = 'I',  // nothing
  beamline_command_answer = 'A',     // u8: 1 for a line, 0 when the front end cannot be asked; string: the line
};

// Worker to kernel. A bundle is u32: number of contents, then for each a string: MIME type, u8: beamline_content, string: bytes;
// then a string: its metadata as JSON.
enum beamline_event {
  beamline_event_result = 'v',   // bundle
  beamline_event_display = 'd',  // string: identifier, empty when there is none; bundle
  beamline_event_update = 'u',   // string: identifier; bundle
  beamline_event_clear = 'c',    // u8: 1 when the old output stays until new output comes
  beamline_event_page = 'p',     // bundle: for the front end's pager
  beamline_event_input = 'i',    // u8: 1 for a password; string: prompt. A line is waited for
  beamline_event_failed = 'f',   // string: why a library or a cell could not be loaded; u8: 1 when it was a cell (then no end follows)
  // u8: beamline_end, u32: variables that have a value, i32: signal or exit status, string: name, string: message,
  // u32: number of frames, then for each u32: cell, u64: offset in its shared object; innermost first
  beamline_event_end = 'e',
};

enum beamline_content {
  beamline_content_text = 't',
  beamline_content_bytes = 'b',
  beamline_content_json = 'j',
};

enum beamline_end {
  beamline_end_finished = 0,
  beamline_end_threw = 1,
  beamline_end_trapped = 2,
  beamline_end_overflowed = 3,  // the stack
  beamline_end_exited = 4,
  beamline_end_interrupted = 5,
  beamline_end_no_input = 6,  // the front end could not be asked for a line
};

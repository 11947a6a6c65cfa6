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
  // string: path of a shared library that later cells link against; u32: the number by which frames in it are named, 0 when none are
  beamline_command_library = 'L',
  beamline_command_run = 'R',        // u32: cell, string: path of the cell's shared object, string: entry symbol
  beamline_command_interrupt = 'I',  // nothing
  beamline_command_answer = 'A',     // u8: 1 for a line, 0 when the front end cannot be asked; string: the line
  // string: identifier of the message that brought it; then as beamline_event_comm. Runs like a cell: an end follows
  beamline_command_comm = 'C',
};

// Worker to kernel. A bundle is u32: number of contents, then for each a string: MIME type, u8: beamline_content, string: bytes;
// then a string: its metadata as JSON.
enum beamline_event {
  beamline_event_result = 'v',   // bundle
  beamline_event_display = 'd',  // string: identifier, empty when there is none; bundle
  beamline_event_update = 'u',   // string: identifier; bundle
  beamline_event_clear = 'c',    // u8: 1 when the old output stays until new output comes
  beamline_event_page = 'p',     // bundle: for the front end's pager
  // u8: beamline_comm; strings: identifier, target (of a comm that is opened), data as JSON, metadata as JSON; u32: number of buffers,
  // then each as a string
  beamline_event_comm = 'm',
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

enum beamline_comm {
  beamline_comm_open = 'o',
  beamline_comm_message = 'm',
  beamline_comm_close = 'c',
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

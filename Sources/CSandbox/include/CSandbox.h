// Starts a program that is not trusted.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct {
  const char *program;
  const char *const *arguments;    // the program's name first, ended by NULL
  const char *const *environment;  // «NAME=value», ended by NULL; nothing else of the environment is handed over
  const char *folder;              // where it runs; the one place where it may write
  int input, output, errors;       // become 0, 1, 2
  int report;                      // becomes 3; -1 for none
  uint64_t cpu_seconds, memory_bytes, file_bytes, open_files;
  bool starts_processes;      // whether it may start others, which a compiler must
  bool is_without_landlock;  // for tests: as on a kernel without it
} beamline_child_request;

typedef struct {
  pid_t id;               // 0 when it could not be started
  int error;              // errno
  const char *step;       // what failed
  bool writes_in_folder;  // false on a kernel without Landlock: then it writes nowhere
} beamline_child;

beamline_child beamline_child_start(const beamline_child_request *request);

// The bytes of memory that the process has touched; 0 when it is gone.
uint64_t beamline_resident_bytes(pid_t process);
// The bytes on disk of everything in the folder, counted up to the limit of files; more than that is UINT64_MAX.
uint64_t beamline_folder_bytes(const char *folder, int limit);
// Deletes the folder and everything in it, links themselves, never what they lead to.
void beamline_folder_remove(const char *folder);

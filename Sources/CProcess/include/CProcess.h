// Calls of the C library that its Swift module does not offer, because they are GNU's own.
#pragma once
#include <stddef.h>

// Opens a pipe whose ends are closed on exec and have numbers of at least `lowest`; its buffer is made `capacity` bytes if the system allows.
// 0, or -1 with errno set.
int beamline_pipe(int ends[2], int lowest, int capacity);

// The file that the named function of this process was loaded from; NULL when there is none. The text lives as long as the process.
const char *beamline_file_of_function(const char *name);

// Whether `count` bytes contain `wanted_count` others in a row.
int beamline_contains(const void *bytes, size_t count, const void *wanted, size_t wanted_count);

// How many bytes wait in a pipe to be read. 0, or -1 with errno set.
int beamline_waiting(int descriptor, int *count);

// A Swift symbol's name as a person reads it, to be freed; NULL when it is not such a symbol.
char *beamline_demangled(const char *symbol);

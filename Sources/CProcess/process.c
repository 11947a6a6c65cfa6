#define _GNU_SOURCE
#include "CProcess.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int beamline_pipe(int ends[2], int lowest, int capacity) {
  int first[2];
  if (pipe2(first, O_CLOEXEC) != 0) return -1;
  for (int i = 0; i < 2; i++) {
    ends[i] = fcntl(first[i], F_DUPFD_CLOEXEC, lowest);
    close(first[i]);
  }
  if (ends[0] < 0 || ends[1] < 0) return -1;
  fcntl(ends[1], F_SETPIPE_SZ, capacity);
  return 0;
}

const char *beamline_file_of_function(const char *name) {
  Dl_info info;
  void *address = dlsym(RTLD_DEFAULT, name);
  return address && dladdr(address, &info) ? info.dli_fname : NULL;
}

int beamline_contains(const void *bytes, size_t count, const void *wanted, size_t wanted_count) {
  return memmem(bytes, count, wanted, wanted_count) != NULL;
}

int beamline_waiting(int descriptor, int *count) { return ioctl(descriptor, FIONREAD, count); }

char *beamline_demangled(const char *symbol) {
  // The runtime's own; its C interface is not in a header.
  static char *(*demangle)(const char *, size_t, char *, size_t *, uint32_t);
  if (!demangle) demangle = (char *(*)(const char *, size_t, char *, size_t *, uint32_t))dlsym(RTLD_DEFAULT, "swift_demangle");
  return demangle ? demangle(symbol, strlen(symbol), NULL, NULL, 0) : NULL;
}

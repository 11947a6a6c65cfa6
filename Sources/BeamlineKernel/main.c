// beamline-kernel PROGRAM ARGUMENTS… CONNECTION_FILE
//
// Opens the sockets of a kernel and becomes the program that serves them. A front end connects some 15 ms after it has started a kernel;
// a Swift program has just begun by then, and a refused connection is tried again only after ZeroMQ's 100 ms. This program needs the C
// library alone and is listening after 2 ms; who connects then waits in the system's queue until the kernel proper is there.
//
// The descriptors are handed over by name in the environment, `BEAMLINE_LISTENING=shell:3,control:4,…`. Where the connection file asks
// for anything but TCP on an IPv4 address, or is not understood, nothing is handed over, and the program does it all, complaints included.
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { socket_count = 5 };
static const char *const names[socket_count] = {"shell", "control", "stdin", "iopub", "hb"};

// The text behind `"name":`, white space skipped; NULL unless the name is there exactly once.
static const char *field(const char *json, const char *name) {
  char quoted[32];
  snprintf(quoted, sizeof quoted, "\"%s\"", name);
  const char *found = strstr(json, quoted);
  if (!found || strstr(found + 1, quoted)) return NULL;
  found += strlen(quoted);
  found += strspn(found, " \t\r\n");
  if (*found++ != ':') return NULL;
  return found + strspn(found, " \t\r\n");
}

static bool read_string(const char *json, const char *name, char *into, size_t size) {
  const char *value = field(json, name);
  if (!value || *value++ != '"') return false;
  size_t count = strcspn(value, "\"\\");
  if (value[count] != '"' || count >= size) return false;
  memcpy(into, value, count);
  into[count] = 0;
  return true;
}

static int listen_at(struct in_addr address, long port) {
  // Numbers that children are given (0 to 4) are left free, as everywhere in the kernel.
  int first = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), descriptor = fcntl(first, F_DUPFD, 16), on = 1;
  close(first);
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = address};
  if (descriptor < 0) return -1;
  if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      bind(descriptor, (struct sockaddr *)&place, sizeof place) == 0 && listen(descriptor, 100) == 0) {
    return descriptor;
  }
  close(descriptor);
  return -1;
}

static void open_sockets(const char *path) {
  char json[16384], transport[8], ip[INET_ADDRSTRLEN], listening[128] = "";
  struct in_addr address;
  FILE *file = fopen(path, "re");
  if (!file) return;
  size_t count = fread(json, 1, sizeof json - 1, file);
  fclose(file);
  json[count] = 0;
  if (!read_string(json, "transport", transport, sizeof transport) || strcmp(transport, "tcp") != 0) return;
  if (!read_string(json, "ip", ip, sizeof ip) || inet_pton(AF_INET, ip, &address) != 1) return;

  int descriptors[socket_count], opened = 0;
  while (opened < socket_count) {
    char name[16];
    snprintf(name, sizeof name, "%s_port", names[opened]);
    const char *value = field(json, name);
    long port = value ? strtol(value, NULL, 10) : 0;
    descriptors[opened] = port > 0 && port <= 65535 ? listen_at(address, port) : -1;
    if (descriptors[opened] < 0) break;
    size_t used = strlen(listening);
    snprintf(listening + used, sizeof listening - used, "%s%s:%d", used ? "," : "", names[opened], descriptors[opened]);
    opened++;
  }
  if (opened == socket_count) {
    setenv("BEAMLINE_LISTENING", listening, 1);
  } else {
    while (opened > 0) close(descriptors[--opened]);
  }
}

int main(int count, char **arguments) {
  if (count < 3) {
    fprintf(stderr, "beamline-kernel is started by Jupyter: beamline-kernel PROGRAM ARGUMENTS… CONNECTION_FILE\n");
    return 2;
  }
  unsetenv("BEAMLINE_LISTENING");
  open_sockets(arguments[count - 1]);
  execv(arguments[1], arguments + 1);
  perror(arguments[1]);
  return 127;
}

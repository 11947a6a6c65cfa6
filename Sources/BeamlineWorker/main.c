#include <stdio.h>
#include "CellRuntime.h"

int main(int count, char **arguments) {
  if (count != 2) {
    fprintf(stderr, "beamline-worker is started by beamline.\n");
    return 2;
  }
  return beamline_worker(arguments[1]);
}

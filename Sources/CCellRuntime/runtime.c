#include "CCellRuntime.h"
void beamline_cell_runtime(void) {}

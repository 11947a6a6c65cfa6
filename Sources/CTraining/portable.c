#define LANES 4
#define MR 4
#define NV 2
#define TABLE loops_portable
#include "body.h"

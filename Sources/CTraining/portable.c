#define TABLE loops_portable
#include "body.h"

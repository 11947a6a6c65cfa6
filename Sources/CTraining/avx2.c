#if defined(__x86_64__)
#include <math.h>
#include <string.h>

#include "loops.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define LANES 8
#define MR 4
#define NV 3
#define TABLE loops_avx2
#include "body.h"
#pragma clang attribute pop
#endif

#if defined(__x86_64__)
#include <math.h>
#include <string.h>

#include "loops.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define TABLE loops_avx2
#include "body.h"
#pragma clang attribute pop
#endif

#if defined(__x86_64__)
#include <math.h>
#include <string.h>

#include "loops.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl"))), apply_to = function)
#define LANES 16
#define MR 8
#define NV 3
#define TABLE loops_avx512
#include "body.h"
#pragma clang attribute pop
#endif

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "loops.h"

#pragma clang attribute push( \
  __attribute__((target("avx2,fma,avx512f,avx512bw,avx512dq,avx512vl,avx512bf16"))), apply_to = function)
#define LANES 16
#define MR 8
#define NV 3
#define HAS_BF16 1
#define TABLE loops_avx512_bf16
#include "body.h"
#pragma clang attribute pop
#endif

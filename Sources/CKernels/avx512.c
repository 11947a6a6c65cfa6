#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "kernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,avx512f,avx512bw,avx512dq,avx512vl"))), apply_to = function)
#define LANES 16
#define HAS_FMA 1
#define HAS_AVX512 1
#define F32_ROWS 8
#define CODE_ROWS 6
#define TABLE kernels_avx512
#include "body.h"
#pragma clang attribute pop
#endif

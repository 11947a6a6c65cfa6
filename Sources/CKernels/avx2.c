#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "kernels.h"

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)
#define LANES 8
#define HAS_FMA 1
#define HAS_AVX2 1
#define F32_ROWS 2
#define CODE_ROWS 1
#define TABLE kernels_avx2
#include "body.h"
#pragma clang attribute pop
#endif

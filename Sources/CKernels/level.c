#include <stdatomic.h>

#include "kernels.h"

// -1: the best. Of the calling thread, so that a test at one level leaves the rest of the process alone.
static _Thread_local int chosen = -1;
static _Atomic int best = -1;

int ck_best_level(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") || !__builtin_cpu_supports("f16c")) return CK_PORTABLE;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") || !__builtin_cpu_supports("avx512dq")
      || !__builtin_cpu_supports("avx512vl"))
    return CK_AVX2;
  if (!__builtin_cpu_supports("avx512vnni") || !__builtin_cpu_supports("avx512bf16")) return CK_AVX512;
  return CK_AVX512_VNNI_BF16;
#else
  return CK_PORTABLE;
#endif
}

int ck_level(void) {
  if (chosen >= 0) return chosen;
  int level = atomic_load_explicit(&best, memory_order_relaxed);
  if (level >= 0) return level;
  level = ck_best_level();
  atomic_store_explicit(&best, level, memory_order_relaxed);
  return level;
}

void ck_set_level(int level) {
  int highest = ck_best_level();
  chosen = level < 0 ? 0 : level > highest ? highest : level;
}

const kernel_table *ck_kernels(void) {
#if defined(__x86_64__)
  switch (ck_level()) {
    case CK_AVX512_VNNI_BF16: return &kernels_avx512_vnni_bf16;
    case CK_AVX512: return &kernels_avx512;
    case CK_AVX2: return &kernels_avx2;
  }
#endif
  return &kernels_portable;
}

#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>

#include "CKernels.h"
#include "loops.h"

const loop_table *ct_loops(void) {
#if defined(__x86_64__)
  switch (ck_level()) {
    case CK_AVX512_VNNI_BF16:
    case CK_AVX512: return &loops_avx512;
    case CK_AVX2: return &loops_avx2;
  }
#endif
  return &loops_portable;
}

typedef struct { void *memory; size_t bytes; } memory;

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local memory scratch;

static void make_key(void) { pthread_key_create(&key, free); }

void *ct_scratch(size_t bytes) {
  if (scratch.bytes < bytes) {
    pthread_once(&once, make_key);
    free(scratch.memory);
    scratch.bytes = bytes + bytes / 4;
    scratch.memory = aligned_alloc(64, (scratch.bytes + 63) / 64 * 64);
    if (!scratch.memory) abort();
    pthread_setspecific(key, scratch.memory);
  }
  return scratch.memory;
}

#define _GNU_SOURCE
#include <pthread.h>
#include <stdlib.h>

#include "CKernels.h"
#include "loops.h"

const loop_table *ct_loops(void) {
#if defined(__x86_64__)
  switch (ck_level()) {
    case CK_AVX512_VNNI_BF16: return &loops_avx512_bf16;
    case CK_AVX512: return &loops_avx512;
    case CK_AVX2: return &loops_avx2;
  }
#endif
  return &loops_portable;
}

typedef struct { void *memory[CT_PURPOSES]; size_t bytes[CT_PURPOSES]; } scratch_memory;

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static _Thread_local scratch_memory *scratch;

static void end_thread(void *memory) {
  scratch_memory *ending = memory;
  for (int i = 0; i < CT_PURPOSES; i++) free(ending->memory[i]);
  free(ending);
}

static void make_key(void) { pthread_key_create(&key, end_thread); }

void *ct_scratch(int purpose, size_t bytes) {
  if (!scratch) {
    pthread_once(&once, make_key);
    scratch = calloc(1, sizeof *scratch);
    if (!scratch) abort();
    pthread_setspecific(key, scratch);
  }
  if (scratch->bytes[purpose] < bytes) {
    free(scratch->memory[purpose]);
    scratch->bytes[purpose] = (bytes + bytes / 4 + 63) / 64 * 64;
    scratch->memory[purpose] = aligned_alloc(64, scratch->bytes[purpose]);
    if (!scratch->memory[purpose]) abort();
  }
  return scratch->memory[purpose];
}

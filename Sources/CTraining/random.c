// Draws that are functions of (seed, index): any thread can make any part of them.
#include <math.h>

#include "CKernels.h"
#include "loops.h"

enum { RUN = 1 << 12 };

typedef struct { uint64_t seed; size_t count; float a, b, limit; int is_normal; float *y; } job;

// In (0, 1): the logarithm of zero is never taken.
static double open_unit(uint32_t word) { return ((double)word + 0.5) / 4294967296.0; }

static void normal_pair(uint32_t a, uint32_t b, double pair[2]) {
  double radius = sqrt(-2 * log(open_unit(a))), angle = 6.283185307179586 * open_unit(b);
  pair[0] = radius * cos(angle);
  pair[1] = radius * sin(angle);
}

static void draw(void *context, int task) {
  const job *j = context;
  size_t first = (size_t)task * RUN, count = j->count - first < RUN ? j->count - first : RUN;
  uint32_t words[RUN];
  const loop_table *loops = ct_loops();
  loops->words(j->seed, first / 4, (count + 3) / 4, words);
  if (!j->is_normal) {
    for (size_t i = 0; i < count; i++) j->y[first + i] = j->a + (j->b - j->a) * ((float)(words[i] >> 8) * 0x1p-24f);
    return;
  }
  double pair[2];
  for (size_t i = 0; i < count; i += 2) {
    normal_pair(words[i], words[i + 1], pair);
    for (size_t k = 0; k < 2 && i + k < count; k++) {
      // Another draw comes from blocks of its own, far beyond any array's.
      for (uint64_t again = 1; j->limit > 0 && fabs(pair[k]) > j->limit; again++) {
        uint32_t more[4];
        loops->words(j->seed, (again << 40) + (first + i + k), 1, more);
        double second[2];
        normal_pair(more[0], more[1], second);
        pair[k] = second[0];
      }
      j->y[first + i + k] = (float)(j->a + j->b * pair[k]);
    }
  }
}

void ct_random_words(uint64_t seed, uint64_t first, size_t count, uint32_t *y) {
  size_t whole = count / 4;
  ct_loops()->words(seed, first / 4, whole, y);
  if (count % 4) {
    uint32_t last[4];
    ct_loops()->words(seed, first / 4 + whole, 1, last);
    for (size_t i = whole * 4; i < count; i++) y[i] = last[i % 4];
  }
}

void ct_random_uniform(uint64_t seed, float low, float high, size_t count, float *y) {
  job j = {seed, count, low, high, 0, 0, y};
  ck_parallel((int)((count + RUN - 1) / RUN), draw, &j);
}

void ct_random_normal(uint64_t seed, float mean, float deviation, float limit, size_t count, float *y) {
  job j = {seed, count, mean, deviation, limit, 1, y};
  ck_parallel((int)((count + RUN - 1) / RUN), draw, &j);
}

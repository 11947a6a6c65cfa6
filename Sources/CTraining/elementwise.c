// Loops shared out among threads: each task has a run of elements whose length does not depend on the number of threads.
#include <string.h>

#include "CKernels.h"
#include "loops.h"

enum { RUN = 1 << 15 };

static int runs(size_t count) { return (int)((count + RUN - 1) / RUN); }
static size_t run_length(size_t count, int task) {
  size_t first = (size_t)task * RUN;
  return count - first < RUN ? count - first : RUN;
}

typedef struct {
  int kind, activation;
  const float *a, *b;
  float factor;
  size_t count, period;
  uint64_t seed;
  float *y;
} job;

enum { COMBINE, COMBINE_REPEATED, ADD_SCALED, SCALE, FILL, ACTIVATE, ACTIVATE_BACK, DROPOUT };

static void run(void *context, int task) {
  const job *j = context;
  const loop_table *loops = ct_loops();
  size_t first = (size_t)task * RUN, count = run_length(j->count, task);
  float *y = j->y + first;
  switch (j->kind) {
    case COMBINE: loops->combine(j->activation, j->a + first, j->b + first, count, y); break;
    case COMBINE_REPEATED:
      for (size_t done = 0; done < count;) {
        size_t place = (first + done) % j->period, part = j->period - place < count - done ? j->period - place : count - done;
        loops->combine(j->activation, j->a + first + done, j->b + place, part, y + done);
        done += part;
      }
      break;
    case ADD_SCALED: loops->add_scaled(j->factor, j->a + first, count, y); break;
    case SCALE: loops->scale(j->factor, j->a + first, count, y); break;
    case FILL:
      if (j->factor == 0) memset(y, 0, count * sizeof(float));
      else
        for (size_t i = 0; i < count; i++) y[i] = j->factor;
      break;
    case ACTIVATE: loops->activate(j->activation, j->a + first, count, y); break;
    case ACTIVATE_BACK: loops->activate_back(j->activation, j->a + first, j->b + first, count, y); break;
    case DROPOUT: loops->dropout(j->seed, first / 4, j->factor, j->a + first, count, y); break;
  }
}

static void start(job j) { ck_parallel(runs(j.count), run, &j); }

void ct_combine(int op, const float *a, const float *b, size_t count, size_t period, float *y) {
  start((job){.kind = period == count ? COMBINE : COMBINE_REPEATED, .activation = op, .a = a, .b = b, .count = count, .period = period, .y = y});
}

void ct_add_scaled(float factor, const float *x, size_t count, float *y) {
  start((job){.kind = ADD_SCALED, .factor = factor, .a = x, .count = count, .y = y});
}

void ct_scale(float factor, const float *x, size_t count, float *y) {
  start((job){.kind = SCALE, .factor = factor, .a = x, .count = count, .y = y});
}

void ct_fill(float value, size_t count, float *y) { start((job){.kind = FILL, .factor = value, .count = count, .y = y}); }

void ct_activate(int activation, const float *x, size_t count, float *y) {
  start((job){.kind = ACTIVATE, .activation = activation, .a = x, .count = count, .y = y});
}

void ct_activate_back(int activation, const float *x, const float *dy, size_t count, float *dx) {
  start((job){.kind = ACTIVATE_BACK, .activation = activation, .a = x, .b = dy, .count = count, .y = dx});
}

void ct_dropout(uint64_t seed, float p, const float *x, size_t count, float *y) {
  start((job){.kind = DROPOUT, .factor = p, .seed = seed, .a = x, .count = count, .y = y});
}

typedef struct { const float *x; size_t count; int squares; double *parts; } total;

static void add_up(void *context, int task) {
  const total *t = context;
  const float *x = t->x + (size_t)task * RUN;
  size_t count = run_length(t->count, task);
  t->parts[task] = t->squares ? ct_loops()->sum_of_squares(x, count) : ct_loops()->sum(x, count);
}

static double add_all(const float *x, size_t count, int squares) {
  double result = 0;
  // In groups, so that the parts fit on the stack.
  double parts[256];
  size_t group = (size_t)256 * RUN;
  for (size_t first = 0; first < count; first += group) {
    total t = {x + first, count - first < group ? count - first : group, squares, parts};
    ck_parallel(runs(t.count), add_up, &t);
    for (int i = 0; i < runs(t.count); i++) result += parts[i];
  }
  return result;
}

double ct_sum(const float *x, size_t count) { return add_all(x, count, 0); }
double ct_sum_of_squares(const float *x, size_t count) { return add_all(x, count, 1); }

typedef struct { const float *x; int rows, width; int accumulate; float *y; } columns;

enum { COLUMNS = 64 };

static void add_columns(void *context, int task) {
  const columns *c = context;
  int first = task * COLUMNS, count = c->width - first < COLUMNS ? c->width - first : COLUMNS;
  float sums[COLUMNS] = {0};
  ct_loops()->sum_columns(c->x + first, c->rows, (size_t)c->width, count, sums);
  for (int i = 0; i < count; i++) c->y[first + i] = sums[i] + (c->accumulate ? c->y[first + i] : 0);
}

void ct_column_sums(const float *x, int rows, int width, int accumulate, float *y) {
  columns c = {x, rows, width, accumulate, y};
  ck_parallel((width + COLUMNS - 1) / COLUMNS, add_columns, &c);
}

// Optimizer steps, shared out among threads.
#include <math.h>
#include <string.h>

#include "CKernels.h"
#include "loops.h"

enum { RUN = 1 << 15, COLUMNS = 64, ROWS = 16 };

typedef struct { const ct_adam *a; const float *gradient; size_t count; float *first, *second, *value; } adam_job;

static void adam_run(void *context, int task) {
  const adam_job *j = context;
  size_t at = (size_t)task * RUN, count = j->count - at < RUN ? j->count - at : RUN;
  ct_loops()->adam(j->a, j->gradient + at, count, j->first + at, j->second + at, j->value + at);
}

void ct_adam_step(const ct_adam *a, const float *gradient, size_t count, float *first, float *second, float *value) {
  adam_job j = {a, gradient, count, first, second, value};
  ck_parallel((int)((count + RUN - 1) / RUN), adam_run, &j);
}

typedef struct {
  float rate, momentum, dampening, decay, factor;
  int nesterov, is_first;
  const float *gradient;
  size_t count;
  float *buffer, *value;
} sgd_job;

static void sgd_run(void *context, int task) {
  const sgd_job *j = context;
  size_t at = (size_t)task * RUN, count = j->count - at < RUN ? j->count - at : RUN;
  ct_loops()->sgd(
    j->rate, j->momentum, j->dampening, j->nesterov, j->decay, j->factor, j->is_first, j->gradient + at, count,
    j->buffer ? j->buffer + at : NULL, j->value + at);
}

void ct_sgd_step(
  float rate, float momentum, float dampening, int nesterov, float decay, float gradient_factor, int is_first, const float *gradient,
  size_t count, float *buffer, float *value
) {
  sgd_job j = {rate, momentum, dampening, decay, gradient_factor, nesterov, is_first, gradient, count, buffer, value};
  ck_parallel((int)((count + RUN - 1) / RUN), sgd_run, &j);
}

typedef struct { const float *gradient; float factor, beta2, epsilon; int rows, width; float *row_means, *column_means, *update; float row_scale; } ada;

static void square_rows(void *context, int task) {
  const ada *j = context;
  int last = (task + 1) * ROWS < j->rows ? (task + 1) * ROWS : j->rows;
  for (int r = task * ROWS; r < last; r++) {
    double squares = ct_loops()->sum_of_squares(j->gradient + (size_t)r * (size_t)j->width, (size_t)j->width);
    float mean = (float)(squares * j->factor * j->factor / j->width) + j->epsilon;
    j->row_means[r] = j->beta2 * j->row_means[r] + (1 - j->beta2) * mean;
  }
}

static void square_columns(void *context, int task) {
  const ada *j = context;
  int first = task * COLUMNS, count = j->width - first < COLUMNS ? j->width - first : COLUMNS;
  double sums[COLUMNS] = {0};
  for (int r = 0; r < j->rows; r++) {
    const float *g = j->gradient + (size_t)r * (size_t)j->width + first;
    for (int i = 0; i < count; i++) sums[i] += (double)g[i] * g[i];
  }
  for (int i = 0; i < count; i++) {
    float mean = (float)(sums[i] * j->factor * j->factor / j->rows) + j->epsilon;
    j->column_means[first + i] = j->beta2 * j->column_means[first + i] + (1 - j->beta2) * mean;
  }
}

static void update_rows(void *context, int task) {
  const ada *j = context;
  int last = (task + 1) * ROWS < j->rows ? (task + 1) * ROWS : j->rows;
  for (int r = task * ROWS; r < last; r++) {
    size_t at = (size_t)r * (size_t)j->width;
    float row = j->factor * sqrtf(j->row_scale / j->row_means[r]);
    for (int i = 0; i < j->width; i++) j->update[at + (size_t)i] = row * j->gradient[at + (size_t)i] / sqrtf(j->column_means[i]);
  }
}

void ct_adafactor_update(
  const float *gradient, float gradient_factor, int rows, int width, float beta2, float epsilon, float *row_means, float *column_means,
  float *update
) {
  if (rows == 0) {
    for (int i = 0; i < width; i++) {
      float g = gradient[i] * gradient_factor;
      column_means[i] = beta2 * column_means[i] + (1 - beta2) * (g * g + epsilon);
      update[i] = g / sqrtf(column_means[i]);
    }
    return;
  }
  ada j = {gradient, gradient_factor, beta2, epsilon, rows, width, row_means, column_means, update, 0};
  ck_parallel((rows + ROWS - 1) / ROWS, square_rows, &j);
  ck_parallel((width + COLUMNS - 1) / COLUMNS, square_columns, &j);
  double total = 0;
  for (int r = 0; r < rows; r++) total += row_means[r];
  j.row_scale = (float)(total / rows);
  ck_parallel((rows + ROWS - 1) / ROWS, update_rows, &j);
}

// Operations on rows, a few rows to a task; gradients of weights a few columns to a task.
#include <string.h>

#include "CKernels.h"
#include "loops.h"

enum { ROWS = 16, COLUMNS = 64 };

static int row_tasks(int rows) { return (rows + ROWS - 1) / ROWS; }

typedef struct {
  int kind, activation, rows, width;
  const float *a, *b, *c, *d;
  float epsilon;
  const int32_t *ids;
  float *y, *z;
} job;

enum { GATE, GATE_BACK, NORM, NORM_BACK, GATHER, SOFTMAX, SOFTMAX_BACK, LOSS, LOSS_BACK };

static void row_of(const job *j, const loop_table *loops, int r) {
  size_t width = (size_t)j->width, at = (size_t)r * width;
  switch (j->kind) {
    case GATE: loops->gate(j->activation, j->a + 2 * at, j->a + 2 * at + width, width, j->y + at); break;
    case GATE_BACK:
      loops->gate_back(
        j->activation, j->a + 2 * at, j->a + 2 * at + width, j->b + at, width, j->y + 2 * at, j->y + 2 * at + width);
      break;
    case NORM: loops->norm(j->activation, j->a + at, j->width, j->b, j->c, j->epsilon, j->y + at, j->z + 2 * r); break;
    case NORM_BACK:
      loops->norm_back(j->activation, j->a + at, j->b + 2 * r, j->c, j->d + at, j->width, j->y + at);
      break;
    case GATHER: memcpy(j->y + at, j->a + (size_t)j->ids[r] * width, width * sizeof(float)); break;
    case SOFTMAX:
      if (j->y != j->a) memcpy(j->y + at, j->a + at, width * sizeof(float));
      loops->softmax(j->y + at, j->width);
      break;
    case SOFTMAX_BACK:
      loops->score_gradients(j->a + at, j->b + at, loops->dot(j->a + at, j->b + at, j->width), 1, j->width, j->y + at);
      break;
    case LOSS:
    case LOSS_BACK: {
      float *logits = j->y + at;
      int target = j->ids[r];
      if (target < 0) {
        j->z[r] = 0;
        if (j->kind == LOSS_BACK) memset(logits, 0, width * sizeof(float));
        break;
      }
      float lse = loops->log_sum_exp(logits, j->width);
      j->z[r] = lse - logits[target];
      if (j->kind == LOSS_BACK) {
        loops->softmax_gradient(logits, lse, j->epsilon, j->width);
        logits[target] -= j->epsilon;
      }
      break;
    }
  }
}

static void run(void *context, int task) {
  const job *j = context;
  const loop_table *loops = ct_loops();
  int last = (task + 1) * ROWS < j->rows ? (task + 1) * ROWS : j->rows;
  for (int r = task * ROWS; r < last; r++) row_of(j, loops, r);
}

static void start(job j) { ck_parallel(row_tasks(j.rows), run, &j); }

void ct_gate(int activation, const float *pairs, int rows, int width, float *y) {
  start((job){.kind = GATE, .activation = activation, .a = pairs, .rows = rows, .width = width, .y = y});
}

void ct_gate_back(int activation, const float *pairs, const float *dy, int rows, int width, float *dpairs) {
  start((job){.kind = GATE_BACK, .activation = activation, .a = pairs, .b = dy, .rows = rows, .width = width, .y = dpairs});
}

void ct_norm(
  int centred, const float *x, int rows, int width, const float *weight, const float *bias, float epsilon, float *y, float *kept
) {
  start((job){.kind = NORM, .activation = centred, .a = x, .rows = rows, .width = width, .b = weight, .c = bias, .epsilon = epsilon,
              .y = y, .z = kept});
}

typedef struct { const float *x, *kept, *dy; int rows, width; float *dweight, *dbias; int accumulate; } norm_columns;

static void norm_weights(void *context, int task) {
  const norm_columns *n = context;
  int first = task * COLUMNS, count = n->width - first < COLUMNS ? n->width - first : COLUMNS;
  float weights[COLUMNS] = {0}, biases[COLUMNS] = {0};
  ct_loops()->norm_back_columns(
    n->x + first, n->kept, n->dy + first, n->rows, (size_t)n->width, count, weights, n->dbias ? biases : NULL);
  for (int i = 0; i < count; i++) n->dweight[first + i] = weights[i] + (n->accumulate ? n->dweight[first + i] : 0);
  if (n->dbias)
    for (int i = 0; i < count; i++) n->dbias[first + i] = biases[i] + (n->accumulate ? n->dbias[first + i] : 0);
}

void ct_norm_back(
  int centred, const float *x, const float *kept, const float *weight, const float *dy, int rows, int width, float *dx, float *dweight,
  float *dbias, int accumulate
) {
  // Before dx, which may take the place of dy.
  if (dweight) {
    norm_columns n = {x, kept, dy, rows, width, dweight, dbias, accumulate};
    ck_parallel((width + COLUMNS - 1) / COLUMNS, norm_weights, &n);
  }
  if (dx)
    start((job){.kind = NORM_BACK, .activation = centred, .a = x, .b = kept, .c = weight, .d = dy, .rows = rows, .width = width, .y = dx});
}

void ct_gather(const float *table, const int32_t *ids, int rows, int width, float *y) {
  start((job){.kind = GATHER, .a = table, .ids = ids, .rows = rows, .width = width, .y = y});
}

typedef struct { const float *dy; const int32_t *ids; int rows, width; float *table; } scatter;

// A task has some of the columns and goes through the rows in order: tokens that occur twice are summed in the same order always.
static void scatter_columns(void *context, int task) {
  const scatter *s = context;
  int first = task * COLUMNS, count = s->width - first < COLUMNS ? s->width - first : COLUMNS;
  const loop_table *loops = ct_loops();
  for (int r = 0; r < s->rows; r++)
    loops->add_scaled(
      1, s->dy + (size_t)r * (size_t)s->width + first, (size_t)count, s->table + (size_t)s->ids[r] * (size_t)s->width + first);
}

void ct_scatter_add(const float *dy, const int32_t *ids, int rows, int width, float *dtable) {
  scatter s = {dy, ids, rows, width, dtable};
  ck_parallel((width + COLUMNS - 1) / COLUMNS, scatter_columns, &s);
}

void ct_softmax(const float *x, int rows, int width, float *y) {
  start((job){.kind = SOFTMAX, .a = x, .rows = rows, .width = width, .y = y});
}

void ct_softmax_back(const float *y, const float *dy, int rows, int width, float *dx) {
  start((job){.kind = SOFTMAX_BACK, .a = y, .b = dy, .rows = rows, .width = width, .y = dx});
}

void ct_cross_entropy(float *logits, int rows, int width, const int32_t *targets, float factor, int is_gradient, float *losses) {
  start((job){.kind = is_gradient ? LOSS_BACK : LOSS, .ids = targets, .rows = rows, .width = width, .epsilon = factor, .y = logits,
              .z = losses});
}

// Functions of rows: the level's own loop for each row, over the pool where there are many.
#include "kernels.h"

typedef struct {
  const kernel_table *kernels;
  const float *x, *weight, *bias;
  float epsilon;
  float *y;
  int rows, width, activation, rows_per_task;
} job;

// Rows of a task: about 32 KiB of them.
static int rows_per_task(int width) {
  int rows = 8192 / (width > 0 ? width : 1);
  return rows < 1 ? 1 : rows;
}

#define EACH_ROW(name, body)                                                                           \
  static void name(void *context, int task) {                                              \
    const job *j = context;                                                                            \
      int last = (task + 1) * j->rows_per_task < j->rows ? (task + 1) * j->rows_per_task : j->rows;      \
    for (int r = task * j->rows_per_task; r < last; r++) body;                                         \
  }

EACH_ROW(layer_norm_rows, j->kernels->layer_norm(j->x + (size_t)r * j->width, j->width, j->weight, j->bias, j->epsilon, j->y + (size_t)r * j->width))
EACH_ROW(rms_norm_rows, j->kernels->rms_norm(j->x + (size_t)r * j->width, j->width, j->weight, j->epsilon, j->y + (size_t)r * j->width))
EACH_ROW(gate_rows, j->kernels->gate(j->x + (size_t)r * j->width * 2, j->width, j->activation, j->y + (size_t)r * j->width))

static void run(job j, ck_task task) {
  j.kernels = ck_kernels();
  j.rows_per_task = rows_per_task(j.width);
  ck_parallel((j.rows + j.rows_per_task - 1) / j.rows_per_task, task, &j);
}

void ck_layer_norm(const float *x, int rows, int width, const float *weight, const float *bias, float epsilon, float *y) {
  run((job){.x = x, .weight = weight, .bias = bias, .epsilon = epsilon, .y = y, .rows = rows, .width = width}, layer_norm_rows);
}

void ck_rms_norm(const float *x, int rows, int width, const float *weight, float epsilon, float *y) {
  run((job){.x = x, .weight = weight, .epsilon = epsilon, .y = y, .rows = rows, .width = width}, rms_norm_rows);
}

void ck_gate(const float *pairs, int rows, int width, int activation, float *y) {
  run((job){.x = pairs, .activation = activation, .y = y, .rows = rows, .width = width}, gate_rows);
}

void ck_rotate_halves(float *x, size_t stride, int rows, int heads, int size, const float *turns) {
  int half = size / 2;
  for (int r = 0; r < rows; r++, turns += size) {
    for (int h = 0; h < heads; h++) {
      float *first = x + (size_t)r * stride + (size_t)h * size, *second = first + half;
      for (int i = 0; i < half; i++) {
        float a = first[i], b = second[i];
        first[i] = a * turns[i] - b * turns[half + i];
        second[i] = b * turns[i] + a * turns[half + i];
      }
    }
  }
}

float ck_softmax(float *x, int count) { return ck_kernels()->softmax(x, count); }
float ck_log_sum_exp(const float *x, int count) { return ck_kernels()->log_sum_exp(x, count); }
void ck_to_half(const float *x, size_t count, uint16_t *y) { ck_kernels()->to_half(x, count, y); }
void ck_from_half(const uint16_t *x, size_t count, float *y) { ck_kernels()->from_half(x, count, y); }

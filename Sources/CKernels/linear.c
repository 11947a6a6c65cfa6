// Linear layers over the pool: the inputs are rounded once, then threads take chunks of panels.
#include "matrix.h"

typedef struct {
  const kernel_table *kernels;
  const ck_matrix *matrix;
  const float *x;
  size_t x_stride;
  int rows, groups;
  float *y;
  size_t y_stride;
  const ck_epilogue *epilogue;
  int8_t *codes;
  float *scales;
  int32_t *sums;
  uint32_t *pairs;
  int panels, panels_per_task, rows_per_task, row_tasks;
} job;

static size_t align64(size_t bytes) { return (bytes + 63) & ~(size_t)63; }

size_t ck_linear_scratch_bytes(int format, int k, int rows) {
  if (format == CK_F32) return 0;
  if (format == CK_BF16) return align64((size_t)(k + 1) / 2 * 4 * (size_t)rows);
  return align64((size_t)k * rows) + 2 * align64((size_t)k / CK_GROUP * 4 * rows);
}

// What a sum of inputs is multiplied with: minus the offset of the codes, or nothing where the weights have minima.
static int sum_factor(int format) { return format == CK_I8 ? -128 : format == CK_U4 ? -8 : 1; }

static void round_rows(void *context, int task) {
  const job *j = context;
  int last = (task + 1) * j->rows_per_task < j->rows ? (task + 1) * j->rows_per_task : j->rows;
  for (int r = task * j->rows_per_task; r < last; r++) {
    const float *x = j->x + (size_t)r * j->x_stride;
    if (j->matrix->format == CK_BF16)
      j->kernels->round_bf16(x, j->matrix->k, j->pairs + (size_t)r * ((j->matrix->k + 1) / 2));
    else
      j->kernels->round_codes(
        x, j->groups, sum_factor(j->matrix->format), j->codes + (size_t)r * j->matrix->k, j->scales + (size_t)r * j->groups,
        j->sums + (size_t)r * j->groups);
  }
}

static void multiply(void *context, int task) {
  const job *j = context;
  const ck_matrix *matrix = j->matrix;
  int first = task * j->panels_per_task, last = first + j->panels_per_task;
  if (last > j->panels) last = j->panels;
  for (int p = first; p < last; p++) {
    panel_place panel = place_panel(matrix, p);
    panel_output out = {j->y + panel.first, j->y_stride, NULL, NULL, 0, CK_IDENTITY, panel.columns, 0};
    if (j->epilogue) {
      out.bias = j->epilogue->bias ? j->epilogue->bias + panel.first : NULL;
      out.residual = j->epilogue->residual ? j->epilogue->residual + panel.first : NULL;
      out.residual_stride = j->epilogue->residual_stride;
      out.activation = j->epilogue->activation;
    }
    if (matrix->format == CK_F32)
      j->kernels->panel_f32((const float *)panel.data, panel.width, matrix->k, j->x, j->x_stride, j->rows, &out);
    else if (matrix->format == CK_BF16)
      j->kernels->panel_bf16(
        (const uint32_t *)panel.data, panel.width, (matrix->k + 1) / 2, j->pairs, (size_t)(matrix->k + 1) / 2, j->rows, &out);
    else
      j->kernels->panel_codes(
        matrix->format, (const uint8_t *)panel.data, panel.width, j->groups, j->codes, j->scales, j->sums, j->rows, &out);
  }
}

void ck_linear(
  const ck_matrix *matrix, const float *x, size_t x_stride, int rows, float *y, size_t y_stride, const ck_epilogue *epilogue, void *scratch
) {
  if (rows <= 0 || matrix->n <= 0) return;
  int width = panel_width(matrix->format);
  job j = {.kernels = ck_kernels(), .matrix = matrix, .x = x, .x_stride = x_stride, .rows = rows, .groups = matrix->k / CK_GROUP,
           .y = y, .y_stride = y_stride, .epilogue = epilogue, .panels = (matrix->n + width - 1) / width};
  if (matrix->format == CK_BF16) {
    j.pairs = scratch;
  } else if (matrix->format != CK_F32) {
    j.codes = scratch;
    j.scales = (float *)((char *)scratch + align64((size_t)matrix->k * rows));
    j.sums = (int32_t *)((char *)j.scales + align64((size_t)j.groups * 4 * rows));
  }
  if (matrix->format != CK_F32) {
    j.rows_per_task = rows < 32 ? rows : 16;
    ck_parallel((rows + j.rows_per_task - 1) / j.rows_per_task, round_rows, &j);
  }
  // A task should be worth the microsecond that handing it out costs: at least 64 KiB of weights times rows.
  size_t panel_work = ck_matrix_bytes(matrix->format, width, matrix->k) * (size_t)(rows < 8 ? 1 : rows / 8);
  size_t least = ((size_t)64 << 10) / (panel_work ? panel_work : 1) + 1;
  int even = j.panels / (ck_threads() * 8);
  j.panels_per_task = (int)least > even ? (int)least : even;
  ck_parallel((j.panels + j.panels_per_task - 1) / j.panels_per_task, multiply, &j);
}

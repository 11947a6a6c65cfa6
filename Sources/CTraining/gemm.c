// Matrix products of training. CKernels has one for inference, which transposes a whole matrix to multiply by its transpose and shares
// work out by columns alone: half of the products of a backward pass are such, and small models have few columns.
#include "CKernels.h"
#include "loops.h"

enum { DEPTH = 384, ROWS = 256 };  // of a panel that stays in the second cache, and of a task

typedef struct {
  const loop_table *loops;
  int m, n, k;
  const float *a;
  size_t a_stride;
  float *packed;  // the tiles of a transposed a, or null
  const float *b;
  size_t b_stride;
  int transpose_b;
  float *c;
  size_t c_stride;
  int accumulate, row_tasks;
} job;

static void pack_tile(void *context, int task) {
  const job *j = context;
  int height = j->loops->gemm_rows, first = task * height, rows = j->m - first < height ? j->m - first : height;
  j->loops->gemm_pack_a(j->a + first, j->a_stride, j->k, rows, j->packed + (size_t)first * (size_t)j->k);
}

static void multiply(void *context, int task) {
  const job *j = context;
  const loop_table *loops = j->loops;
  int width = loops->gemm_columns, height = loops->gemm_rows;
  int column = task / j->row_tasks * width, row = task % j->row_tasks * ROWS;
  int columns = j->n - column < width ? j->n - column : width, rows = j->m - row < ROWS ? j->m - row : ROWS;
  float *panel = ct_scratch(CT_PANEL, (size_t)DEPTH * (size_t)width * sizeof(float));
  for (int depth = 0; depth < j->k; depth += DEPTH) {
    int k = j->k - depth < DEPTH ? j->k - depth : DEPTH;
    const float *b = j->transpose_b ? j->b + (size_t)column * j->b_stride + depth : j->b + (size_t)depth * j->b_stride + column;
    loops->gemm_pack_b(b, j->b_stride, j->transpose_b, k, columns, panel);
    const float *a = j->packed ? j->packed + (size_t)row * (size_t)j->k + (size_t)depth * (size_t)height
                               : j->a + (size_t)row * j->a_stride + depth;
    loops->gemm_panel(
      j->packed != NULL, a, j->a_stride, (size_t)j->k * (size_t)height, panel, k, j->c + (size_t)row * j->c_stride + column, j->c_stride,
      rows, columns, j->accumulate || depth > 0);
  }
}

void ct_gemm(
  int m, int n, int k, const float *a, size_t a_stride, int transpose_a, const float *b, size_t b_stride, int transpose_b, float *c,
  size_t c_stride, int accumulate
) {
  if (m <= 0 || n <= 0) return;
  if (k <= 0) {
    for (int r = 0; r < m && !accumulate; r++)
      for (int i = 0; i < n; i++) c[(size_t)r * c_stride + (size_t)i] = 0;
    return;
  }
  job j = {.loops = ct_loops(), .m = m, .n = n, .k = k, .a = a, .a_stride = a_stride, .b = b, .b_stride = b_stride,
           .transpose_b = transpose_b, .c = c, .c_stride = c_stride, .accumulate = accumulate, .row_tasks = (m + ROWS - 1) / ROWS};
  int tiles = (m + j.loops->gemm_rows - 1) / j.loops->gemm_rows;
  if (transpose_a) {
    j.packed = ct_scratch(CT_TILES, (size_t)tiles * (size_t)j.loops->gemm_rows * (size_t)k * sizeof(float));
    ck_parallel(tiles, pack_tile, &j);
  }
  ck_parallel((n + j.loops->gemm_columns - 1) / j.loops->gemm_columns * j.row_tasks, multiply, &j);
}

// General matrix products: panels of B are packed on the fly by the thread that uses them.
#include <stdlib.h>
#include <string.h>

#include "matrix.h"

typedef struct {
  const kernel_table *kernels;
  int m, n, k;
  const float *a;
  size_t a_stride;
  const float *b;
  size_t b_stride;
  int transpose_b;
  float *c;
  size_t c_stride;
  int accumulate;
} job;

static void multiply_panel(void *context, int task) {
  const job *j = context;
  int first = task * CK_PANEL, columns = j->n - first < CK_PANEL ? j->n - first : CK_PANEL;
  int width = (columns + 15) / 16 * 16;
  float *panel = ck_thread_scratch((size_t)j->k * width * sizeof(float));
  if (columns < width) memset(panel, 0, (size_t)j->k * width * sizeof(float));
  if (j->transpose_b) {
    for (int column = 0; column < columns; column++) {
      const float *row = j->b + (size_t)(first + column) * j->b_stride;
      for (int i = 0; i < j->k; i++) panel[(size_t)i * width + column] = row[i];
    }
  } else {
    for (int i = 0; i < j->k; i++) memcpy(panel + (size_t)i * width, j->b + (size_t)i * j->b_stride + first, (size_t)columns * 4);
  }
  panel_output out = {j->c + first, j->c_stride, NULL, NULL, 0, CK_IDENTITY, columns, j->accumulate};
  j->kernels->panel_f32(panel, width, j->k, j->a, j->a_stride, j->m, &out);
}

typedef struct { const float *a; size_t stride; int m, k; float *out; } transposition;

static void transpose_rows(void *context, int task) {
  const transposition *t = context;
  int last = (task + 1) * 32 < t->m ? (task + 1) * 32 : t->m;
  for (int i = 0; i < t->k; i++)
    for (int row = task * 32; row < last; row++) t->out[(size_t)row * t->k + i] = t->a[(size_t)i * t->stride + row];
}

void ck_gemm(
  int m, int n, int k, const float *a, size_t a_stride, int transpose_a, const float *b, size_t b_stride, int transpose_b, float *c,
  size_t c_stride, int accumulate
) {
  if (m <= 0 || n <= 0) return;
  float *copy = NULL;
  if (transpose_a && k > 0) {
    copy = malloc((size_t)m * k * sizeof(float));
    if (!copy) abort();
    transposition t = {a, a_stride, m, k, copy};
    ck_parallel((m + 31) / 32, transpose_rows, &t);
    a = copy;
    a_stride = k;
  }
  job j = {ck_kernels(), m, n, k, a, a_stride, b, b_stride, transpose_b, c, c_stride, accumulate};
  ck_parallel((n + CK_PANEL - 1) / CK_PANEL, multiply_panel, &j);
  free(copy);
}

// What one level of vector instructions provides: loops over a row or a run of elements on one thread. Filled by including body.h.
#ifndef LOOPS_H
#define LOOPS_H
#include "CTraining.h"

typedef struct {
  void (*combine)(int op, const float *a, const float *b, size_t count, float *y);
  void (*add_scaled)(float factor, const float *x, size_t count, float *y);
  void (*scale)(float factor, const float *x, size_t count, float *y);
  void (*sum_columns)(const float *x, int rows, size_t stride, int width, float *y);
  double (*sum)(const float *x, size_t count);
  double (*sum_of_squares)(const float *x, size_t count);
  void (*activate)(int activation, const float *x, size_t count, float *y);
  void (*activate_back)(int activation, const float *x, const float *dy, size_t count, float *dx);
  void (*gate)(int activation, const float *gate, const float *value, size_t count, float *y);
  void (*gate_back)(
    int activation, const float *gate, const float *value, const float *dy, size_t count, float *dgate, float *dvalue);
  void (*norm)(int centred, const float *x, int width, const float *weight, const float *bias, float epsilon, float *y, float *kept);
  void (*norm_back)(int centred, const float *x, const float *kept, const float *weight, const float *dy, int width, float *dx);
  void (*norm_back_columns)(
    const float *x, const float *kept, const float *dy, int rows, size_t stride, int width, float *dweight, float *dbias);
  // Row of scores to probabilities, in place; returns log of the sum of exponentials.
  float (*softmax)(float *x, int count);
  float (*log_sum_exp)(const float *x, int count);
  // y = exp(factor * x + bias - shift)
  void (*exponentials)(float factor, const float *x, const float *bias, float shift, int count, float *y);
  // y = factor * x + bias (bias may be null)
  void (*affine)(float factor, const float *x, const float *bias, int count, float *y);
  float (*dot)(const float *a, const float *b, int count);
  // y = p * (d - shift) * factor
  void (*score_gradients)(const float *p, const float *d, float shift, float factor, int count, float *y);
  void (*softmax_gradient)(float *logits, float lse, float factor, int count);
  void (*rotate)(float *x, const float *turns, int half, int inverse);
  void (*words)(uint64_t seed, uint64_t first_block, size_t blocks, uint32_t *y);
  void (*dropout)(uint64_t seed, uint64_t first_block, float p, const float *x, size_t count, float *y);
  void (*adam)(const ct_adam *a, const float *gradient, size_t count, float *first, float *second, float *value);
  void (*sgd)(
    float rate, float momentum, float dampening, int nesterov, float decay, float gradient_factor, int is_first, const float *gradient,
    size_t count, float *buffer, float *value);
  // Matrix products: a tile has gemm_rows rows, a panel gemm_columns columns; gemm_pair values of k make a unit of rounded operands.
  // See body_gemm.h.
  int gemm_rows, gemm_columns, gemm_pair;
  void (*gemm_panel)(
    int is_rounded, int is_packed, const uint32_t *a, size_t row_stride, size_t tile_stride, const uint32_t *panel, int units, float *c,
    size_t c_stride, int rows, int columns, int accumulate);
  void (*gemm_pack_columns)(int is_rounded, const float *b, size_t stride, int is_along, int k, int columns, uint32_t *panel);
  void (*gemm_pack_tiles)(int is_rounded, const float *a, size_t stride, int k, int rows, uint32_t *tiles, size_t tile_stride);
  void (*gemm_round_rows)(const float *a, size_t stride, int k, int rows, uint32_t *y, size_t y_stride);
  void (*gemm_add_bias)(float *c, size_t c_stride, int rows, int columns, const float *bias);
} loop_table;

extern const loop_table loops_portable;
#if defined(__x86_64__)
extern const loop_table loops_avx2, loops_avx512, loops_avx512_bf16;
#endif
// The table of the level that CKernels uses.
const loop_table *ct_loops(void);

// Memory of the calling thread for a purpose, at least this large; kept until the thread needs more or ends.
enum { CT_SCORES = 0, CT_TILES = 1, CT_PANEL = 2, CT_PURPOSES = 3 };
void *ct_scratch(int purpose, size_t bytes);
#endif

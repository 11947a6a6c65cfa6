// What one level of vector instructions provides; one table for each, filled by including body.h.
#ifndef KERNELS_H
#define KERNELS_H
#include "include/CKernels.h"

typedef struct {
  float *y;
  size_t stride;
  const float *bias;      // at the panel's first column, or null
  const float *residual;  // at the panel's first column, or null
  size_t residual_stride;
  int activation;
  int columns;  // valid ones in this panel
  int accumulate;  // add to what y holds, before anything else
} panel_output;

typedef struct {
  // width: columns of the panel as packed, a multiple of 16.
  void (*panel_f32)(const float *panel, int width, int k, const float *x, size_t x_stride, int rows, const panel_output *out);
  void (*panel_bf16)(const uint32_t *panel, int width, int pairs, const uint32_t *x, size_t x_stride, int rows, const panel_output *out);
  // x: codes, k per row; x_scale and x_sum: one for each group of a row.
  void (*panel_codes)(
    int format, const uint8_t *panel, int width, int groups, const int8_t *x, const float *x_scale, const int32_t *x_sum, int rows,
    const panel_output *out);
  void (*round_bf16)(const float *x, int k, uint32_t *y);
  void (*round_codes)(const float *x, int groups, int factor, int8_t *codes, float *scale, int32_t *sum);
  void (*layer_norm)(const float *x, int width, const float *weight, const float *bias, float epsilon, float *y);
  void (*rms_norm)(const float *x, int width, const float *weight, float epsilon, float *y);
  void (*gate)(const float *pairs, int width, int activation, float *y);
  float (*softmax)(float *x, int count);
  float (*log_sum_exp)(const float *x, int count);
  // For one query head group that shares keys: scores of `count` tokens, and the weighted sum of their values added to `out`.
  void (*scores_f32)(const float *q, size_t q_stride, int group, int size, const float *keys, size_t stride, int count, float scale, float *scores, size_t scores_stride);
  void (*scores_f16)(const float *q, size_t q_stride, int group, int size, const uint16_t *keys, size_t stride, int count, float scale, float *scores, size_t scores_stride);
  void (*mix_f32)(const float *weights, int count, const float *values, size_t stride, int size, float *out);
  void (*mix_f16)(const float *weights, int count, const uint16_t *values, size_t stride, int size, float *out);
  void (*to_half)(const float *x, size_t count, uint16_t *y);
  void (*from_half)(const uint16_t *x, size_t count, float *y);
} kernel_table;

extern const kernel_table kernels_portable;
#if defined(__x86_64__)
extern const kernel_table kernels_avx2, kernels_avx512, kernels_avx512_vnni_bf16;
#endif
// The table of the level in use.
const kernel_table *ck_kernels(void);

// Scratch of the calling thread, at least this large; kept until the thread needs more or ends.
void *ck_thread_scratch(size_t bytes);
#endif

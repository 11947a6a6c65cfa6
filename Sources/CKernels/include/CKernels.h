// The inner loops that need vector instructions chosen at run time.
//
// Matrices are row-major. A linear layer is y[m][n] = sum over k of x[m][k] * w[n][k] (+ bias[n]), with the weights packed once into
// panels of CK_PANEL columns (see matrix.c). Every output is one chain of operations over ascending k, so it has the same bits for any
// number of rows, threads or tiles. Nothing here allocates except where it says so.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Levels of vector instructions, each a superset of the one before. On other processors than x86 only CK_PORTABLE exists, which the
// compiler turns into what every such processor has (NEON on arm64).
enum { CK_PORTABLE = 0, CK_AVX2 = 1, CK_AVX512 = 2, CK_AVX512_VNNI_BF16 = 3 };

// The best level that this processor and system have.
int ck_best_level(void);
// The level that calls from this thread use: the best one until ck_set_level chooses another.
int ck_level(void);
// Chooses a level for calls from this thread, for tests and measurements; one above the best is lowered to the best.
void ck_set_level(int level);

// ---- Threads ---------------------------------------------------------------------------------------------------------------------

typedef void (*ck_task)(void *context, int task);

// Runs task 0 ..< count on the threads of the process-wide pool, the caller among them, and returns when all are done.
// Which thread runs which task changes from run to run: a task may only write what is its own. A call from inside a task runs on the
// calling thread alone; a call while another thread has the pool waits for it.
void ck_parallel(int count, ck_task task, void *context);
// Number of threads, the caller included; at first the number of processors that the process may use.
int ck_threads(void);
void ck_set_threads(int count);

// ---- Memory ----------------------------------------------------------------------------------------------------------------------

// Zeroed memory, aligned to 2 MiB and advised to use huge pages; null when the system refuses.
void *ck_allocate_huge(size_t bytes);
void ck_free_huge(void *memory, size_t bytes);

// ---- Packed weights --------------------------------------------------------------------------------------------------------------

enum { CK_PANEL = 48, CK_PANEL_CODES = 32, CK_GROUP = 32 };

// How packed weights are coded. The quantised formats have a half-precision scale for every CK_GROUP inputs of an output:
// CK_I8: scale * code, -127...127 · CK_U4: scale * (code - 8), 0...15 · CK_U4M: scale * code + minimum, as Q8_0, Q4_0, Q4_1 of ggml.
enum { CK_F32 = 0, CK_BF16 = 1, CK_I8 = 2, CK_U4 = 3, CK_U4M = 4 };

typedef struct {
  int32_t format;
  int32_t n;  // outputs
  int32_t k;  // inputs; for the quantised formats a multiple of CK_GROUP
  void *data;
} ck_matrix;

// Bytes that the packed weights of a matrix take.
size_t ck_matrix_bytes(int format, int n, int k);
// Rounds and packs `count` outputs from `first` on; the weight of output i and input j is source[i * output_stride + j * input_stride].
void ck_pack(const ck_matrix *matrix, int first, int count, const float *source, size_t output_stride, size_t input_stride);
// Packs blocks as ggml lays them out, without rounding: Q8_0 into CK_I8, Q4_0 into CK_U4, Q4_1 into CK_U4M. The source is
// `count` rows of k / 32 blocks.
void ck_pack_blocks(const ck_matrix *matrix, int first, int count, const void *source);
// The weights of one output, as floats: a row of a tied embedding.
void ck_unpack(const ck_matrix *matrix, int output, float *destination);

// ---- Linear layers ---------------------------------------------------------------------------------------------------------------

enum { CK_IDENTITY = 0, CK_GELU_TANH = 1, CK_GELU_ERF = 2, CK_RELU = 3, CK_SILU = 4 };

typedef struct {
  const float *bias;      // n values, or null
  int32_t activation;     // applied to the sum with the bias
  const float *residual;  // added last; may be the destination; null for none
  size_t residual_stride;
} ck_epilogue;

// Bytes of scratch that ck_linear needs for its rounded inputs.
size_t ck_linear_scratch_bytes(int format, int k, int rows);
// y = epilogue(x · Wᵀ). Strides in floats.
void ck_linear(
  const ck_matrix *matrix, const float *x, size_t x_stride, int rows, float *y, size_t y_stride, const ck_epilogue *epilogue, void *scratch);

// C (m × n) = or += op(A) · op(B) in fp32, where op transposes when asked; strides in floats. Allocates scratch of its own.
void ck_gemm(
  int m, int n, int k, const float *a, size_t a_stride, int transpose_a, const float *b, size_t b_stride, int transpose_b, float *c,
  size_t c_stride, int accumulate);

// ---- Rows ------------------------------------------------------------------------------------------------------------------------

// y = (x - mean) / sqrt(variance + epsilon) * weight + bias, row by row; bias may be null.
void ck_layer_norm(const float *x, int rows, int width, const float *weight, const float *bias, float epsilon, float *y);
// y = x / sqrt(mean of squares + epsilon) * weight, row by row.
void ck_rms_norm(const float *x, int rows, int width, const float *weight, float epsilon, float *y);
// y[i] = activation(gate[i]) * up[i], where a row of `pairs` is `width` gates, then `width` ups.
void ck_gate(const float *pairs, int rows, int width, int activation, float *y);
// Rotates each head's pairs (i, i + size/2) by an angle of the row (rotary positions, as transformers lays Llama's heads out).
// turns: for each row, size/2 cosines, then size/2 sines.
void ck_rotate_halves(float *x, size_t stride, int rows, int heads, int size, const float *turns);
// In place: scores to probabilities. Returns the logarithm of the sum of exponentials of the row.
float ck_softmax(float *x, int count);
// The same logarithm without writing anything.
float ck_log_sum_exp(const float *x, int count);

// ---- Attention -------------------------------------------------------------------------------------------------------------------

// Consecutive tokens of a cache. The first token's keys are keys_offset elements on, its values values_offset; the next token's are
// cache_stride elements further.
typedef struct {
  const void *base;
  int32_t count;
} ck_run;

enum { CK_CACHE_F32 = 0, CK_CACHE_F16 = 1 };

typedef struct {
  const float *queries;  // first query row
  float *output;         // first output row
  const ck_run *runs;
  int32_t run_count;
  int32_t query_count;  // consecutive rows
  int32_t key_count;    // tokens in the runs together
  int32_t causal;       // 1: query i sees the first key_count - query_count + i + 1 keys; 0: all
  const float *bias;    // null, or added to the scores: bias[head * bias_head_stride + distance + bias_zero], distance = key - query position
  size_t bias_head_stride;
  int32_t bias_zero;
  int32_t bias_limit;  // distances beyond ±bias_limit take the value at the limit
} ck_sequence;

typedef struct {
  int32_t heads, kv_heads, size;  // size: width of a head, up to 256
  int32_t cache_type;             // CK_CACHE_F32 or CK_CACHE_F16
  size_t query_stride, output_stride, cache_stride, keys_offset, values_offset;
  float scale;
} ck_attention;

// output = softmax(scale * q · kᵀ + bias) · v for every sequence and head.
void ck_attend(const ck_attention *attention, const ck_sequence *sequences, int count);
// Rounds floats to half precision (nearest, ties to even) and back.
void ck_to_half(const float *x, size_t count, uint16_t *y);
void ck_from_half(const uint16_t *x, size_t count, float *y);

#ifdef __cplusplus
}
#endif
#endif

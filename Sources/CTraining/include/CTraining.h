// Forward and backward passes of training in fp32: what inference does not need and CKernels therefore lacks.
//
// Matrices are row-major and contiguous unless a stride (in floats) is given. Every output is the work of one thread in a fixed order,
// so that results have the same bits for any number of threads. A function that has `_back` in its name turns the gradient of an output
// into the gradient of an input.
#ifndef CTRAINING_H
#define CTRAINING_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ---- Elementwise -----------------------------------------------------------------------------------------------------------------

enum { CT_ADD = 0, CT_SUBTRACT = 1, CT_MULTIPLY = 2 };
// y = a op b, where b has `period` elements and repeats (period = count for equal shapes). y may be a or b.
void ct_combine(int op, const float *a, const float *b, size_t count, size_t period, float *y);
// y += factor * x
void ct_add_scaled(float factor, const float *x, size_t count, float *y);
// y = factor * x
void ct_scale(float factor, const float *x, size_t count, float *y);
void ct_fill(float value, size_t count, float *y);
// y[j] = or += sum of x[i][j] over the rows.
void ct_column_sums(const float *x, int rows, int width, int accumulate, float *y);
// Sums in double precision, in chunks whose order is fixed.
double ct_sum(const float *x, size_t count);
double ct_sum_of_squares(const float *x, size_t count);

// ---- Matrix products -------------------------------------------------------------------------------------------------------------

// What the operands of a product are rounded to first. CT_BF16: nearest bfloat16, ties to even; their products are summed in fp32. A
// processor without instructions for it multiplies the rounded values as floats: as accurate, not faster.
enum { CT_F32 = 0, CT_BF16 = 1 };

typedef struct {
  int32_t m, n, k;
  const float *a;  // strides in floats
  size_t a_stride;
  int32_t transpose_a;
  const float *b;
  size_t b_stride;
  int32_t transpose_b;
  float *c;
  size_t c_stride;
  int32_t accumulate;
  int32_t precision;
  const float *bias;  // n values that every row gets besides, or null
} ct_product;
// C (m × n) = or += op(A) · op(B), where op transposes when asked.
void ct_multiply(const ct_product *product);

// ---- Activations -----------------------------------------------------------------------------------------------------------------

enum { CT_IDENTITY = 0, CT_GELU_TANH = 1, CT_GELU_ERF = 2, CT_RELU = 3, CT_SILU = 4, CT_TANH = 5 };
// y = f(x); y may be x.
void ct_activate(int activation, const float *x, size_t count, float *y);
// dx = dy * f'(x); dx may be dy.
void ct_activate_back(int activation, const float *x, const float *dy, size_t count, float *dx);
// A row of `pairs` is `width` gates, then `width` values: y = f(gate) * value.
void ct_gate(int activation, const float *pairs, int rows, int width, float *y);
void ct_gate_back(int activation, const float *pairs, const float *dy, int rows, int width, float *dpairs);

// ---- Norms -----------------------------------------------------------------------------------------------------------------------

// y = (x - mean) / sqrt(variance + epsilon) * weight + bias. Keeps two numbers a row (mean, 1 / deviation) in `kept`. bias may be null.
// With centred = 0: y = x / sqrt(mean of squares + epsilon) * weight, the root-mean-square norm.
void ct_norm(
  int centred, const float *x, int rows, int width, const float *weight, const float *bias, float epsilon, float *y, float *kept);
// dx may be null, and may be dy; so may dweight and dbias be null; those two are added to when accumulate is set.
void ct_norm_back(
  int centred, const float *x, const float *kept, const float *weight, const float *dy, int rows, int width, float *dx, float *dweight,
  float *dbias, int accumulate);

// ---- Embeddings ------------------------------------------------------------------------------------------------------------------

// y[r] = table[ids[r]]
void ct_gather(const float *table, const int32_t *ids, int rows, int width, float *y);
// dtable[ids[r]] += dy[r], in the order of the rows.
void ct_scatter_add(const float *dy, const int32_t *ids, int rows, int width, float *dtable);

// ---- Softmax and loss ------------------------------------------------------------------------------------------------------------

void ct_softmax(const float *x, int rows, int width, float *y);
void ct_softmax_back(const float *y, const float *dy, int rows, int width, float *dx);
// In place: logits become the gradient of factor * sum of losses; losses[r] = -log p(targets[r]) in nats (not multiplied).
// A target of -1 counts nothing: loss 0, gradient 0. With is_gradient = 0 the logits stay.
void ct_cross_entropy(float *logits, int rows, int width, const int32_t *targets, float factor, int is_gradient, float *losses);

// ---- Attention -------------------------------------------------------------------------------------------------------------------

typedef struct {
  int32_t batch, queries, keys, heads, kv_heads, size;
  size_t query_stride, key_stride, value_stride, output_stride;  // from a token to the next, in floats
  float scale;
  int32_t causal;         // query i sees keys 0...i
  const int32_t *ranges;  // for each sequence its first visible key and the one after its last, or null: all
  const float *bias;      // null, or bias[head][key - query + queries - 1], added to the scores
  float dropout;          // probability
  uint64_t seed;          // of the dropout
} ct_attention;

// output = dropout(softmax(scale * q · kᵀ + bias)) · v. Keeps log of the sum of exponentials in kept[batch][heads][queries].
void ct_attend(const ct_attention *a, const float *q, const float *k, const float *v, float *output, float *kept);
// Strides of the gradients are those of the values. dbias may be null; else it has queries + keys - 1 sums for each sequence and head,
// which are added to.
void ct_attend_back(
  const ct_attention *a, const float *q, const float *k, const float *v, const float *output, const float *kept, const float *doutput,
  float *dq, float *dk, float *dv, float *dbias);
// Rotates pairs (i, i + size/2) of each head of token t by angle (first_position + t) * base^(-2i/size); inverse turns back.
void ct_rotate(
  float *x, size_t stride, int batch, int tokens, int heads, int size, float base, int first_position, int inverse);

// ---- Random --------------------------------------------------------------------------------------------------------------------

// Philox4x32-10 (Salmon et al. 2011): words of block first / 4 on, keyed by seed.
void ct_random_words(uint64_t seed, uint64_t first, size_t count, uint32_t *y);
// Uniform in [low, high).
void ct_random_uniform(uint64_t seed, float low, float high, size_t count, float *y);
// Normal, by Box and Muller's transformation; those beyond `limit` deviations are drawn again (0: no limit).
void ct_random_normal(uint64_t seed, float mean, float deviation, float limit, size_t count, float *y);
// y = x / (1 - p) where the element's word is kept, else 0; y may be x.
void ct_dropout(uint64_t seed, float p, const float *x, size_t count, float *y);

// ---- Optimizers ------------------------------------------------------------------------------------------------------------------

// One step of Adam or AdamW on count values. gradient_factor multiplies the gradient first (clipping). step is 1 at the first call.
// decay is coupled (added to the gradient, Adam) or decoupled (AdamW).
typedef struct {
  double rate, beta1, beta2, epsilon, decay;
  int32_t decoupled;
  float gradient_factor;
  int64_t step;
} ct_adam;
void ct_adam_step(const ct_adam *a, const float *gradient, size_t count, float *first, float *second, float *value);
// buffer may be null (no momentum).
void ct_sgd_step(
  float rate, float momentum, float dampening, int nesterov, float decay, float gradient_factor, int is_first, const float *gradient,
  size_t count, float *buffer, float *value);
// Adafactor (Shazeer and Stern 2018) for a matrix: running means of the squared gradient by row and by column. Writes the update that is
// to be clipped and subtracted. For a vector, rows = 0: `columns` holds the mean of each element.
void ct_adafactor_update(
  const float *gradient, float gradient_factor, int rows, int width, float beta2, float epsilon, float *row_means, float *column_means,
  float *update);

#ifdef __cplusplus
}
#endif
#endif

// Attention for training. Scores are made anew in the backward pass from the kept logarithms: memory grows with the tokens, not with
// their square. A task is one sequence and one head of keys, so that the sums over the heads that share keys stay on one thread.
#include <math.h>
#include <string.h>

#include "CKernels.h"
#include "loops.h"

enum { BLOCK = 64 };  // queries at a time: their scores stay in the cache, and a causal block skips the keys after it

typedef struct {
  const ct_attention *a;
  const loop_table *loops;
  const float *q, *k, *v, *doutput;
  float *output, *kept;
  float *dq, *dk, *dv, *dbias;
} job;

// What a block of queries sees of one head.
typedef struct { int first, queries, first_key, keys; } block;

static block place(const ct_attention *a, int sequence, int first) {
  block b = {first, a->queries - first < BLOCK ? a->queries - first : BLOCK, 0, a->keys};
  if (a->ranges) {
    b.first_key = a->ranges[2 * sequence];
    b.keys = a->ranges[2 * sequence + 1];
  }
  if (a->causal && b.keys > first + b.queries) b.keys = first + b.queries;
  b.keys -= b.first_key;
  if (b.keys < 0) b.keys = 0;
  return b;
}

// Keys that a query of the block sees.
static int seen(const ct_attention *a, block b, int query) {
  int keys = b.keys;
  if (a->causal && b.first + query + 1 - b.first_key < keys) keys = b.first + query + 1 - b.first_key;
  return keys < 0 ? 0 : keys;
}

static const float *bias_of(const ct_attention *a, int head, int query, int first_key) {
  return a->bias ? a->bias + (size_t)head * (size_t)(a->queries + a->keys - 1) + (first_key - query + a->queries - 1) : NULL;
}

static size_t dropout_blocks(const ct_attention *a) { return ((size_t)a->keys + 63) / 64 * 16; }

static void drop(const job *j, int row, int query, float *x, int count) {
  const ct_attention *a = j->a;
  // The words of a row of scores are numbered by sequence, head and query, whichever block or pass asks for them.
  uint64_t first = ((uint64_t)row * (uint64_t)a->queries + (uint64_t)query) * dropout_blocks(a);
  j->loops->dropout(a->seed, first, a->dropout, x, (size_t)count, x);
}

// C = or += op(A) · op(B)
static void multiply(
  int m, int n, int k, const float *a, size_t a_stride, int transpose_a, const float *b, size_t b_stride, int transpose_b, float *c,
  size_t c_stride, int accumulate
) {
  ct_multiply(&(ct_product){m, n, k, a, a_stride, transpose_a, b, b_stride, transpose_b, c, c_stride, accumulate, CT_F32, NULL});
}

static void attend(void *context, int task) {
  const job *j = context;
  const ct_attention *a = j->a;
  int sequence = task / a->kv_heads, kv = task % a->kv_heads, group = a->heads / a->kv_heads;
  float *scores = ct_scratch(CT_SCORES, (size_t)BLOCK * (size_t)a->keys * sizeof(float));
  for (int head = kv * group; head < (kv + 1) * group; head++) {
    int row = sequence * a->heads + head;
    for (int first = 0; first < a->queries; first += BLOCK) {
      block b = place(a, sequence, first);
      const float *q = j->q + (size_t)(sequence * a->queries + first) * a->query_stride + (size_t)(head * a->size);
      const float *k = j->k + (size_t)(sequence * a->keys + b.first_key) * a->key_stride + (size_t)(kv * a->size);
      const float *v = j->v + (size_t)(sequence * a->keys + b.first_key) * a->value_stride + (size_t)(kv * a->size);
      float *out = j->output + (size_t)(sequence * a->queries + first) * a->output_stride + (size_t)(head * a->size);
      multiply(b.queries, b.keys, a->size, q, a->query_stride, 0, k, a->key_stride, 1, scores, (size_t)b.keys, 0);
      for (int i = 0; i < b.queries; i++) {
        float *line = scores + (size_t)i * (size_t)b.keys;
        int keys = seen(a, b, i);
        float lse = 0;
        if (keys > 0) {
          j->loops->affine(a->scale, line, bias_of(a, head, first + i, b.first_key), keys, line);
          lse = j->loops->softmax(line, keys);
          if (a->dropout > 0) drop(j, row, first + i, line, keys);
        }
        memset(line + keys, 0, (size_t)(b.keys - keys) * sizeof(float));
        j->kept[(size_t)row * (size_t)a->queries + (size_t)(first + i)] = lse;
      }
      multiply(b.queries, a->size, b.keys, scores, (size_t)b.keys, 0, v, a->value_stride, 0, out, a->output_stride, 0);
    }
  }
}

void ct_attend(const ct_attention *a, const float *q, const float *k, const float *v, float *output, float *kept) {
  job j = {.a = a, .loops = ct_loops(), .q = q, .k = k, .v = v, .output = output, .kept = kept};
  ck_parallel(a->batch * a->kv_heads, attend, &j);
}

static void clear(float *x, size_t stride, int rows, int width) {
  for (int r = 0; r < rows; r++) memset(x + (size_t)r * stride, 0, (size_t)width * sizeof(float));
}

static void attend_back(void *context, int task) {
  const job *j = context;
  const ct_attention *a = j->a;
  const loop_table *loops = j->loops;
  int sequence = task / a->kv_heads, kv = task % a->kv_heads, group = a->heads / a->kv_heads, size = a->size;
  size_t block_floats = (size_t)BLOCK * (size_t)a->keys;
  float *scores = ct_scratch(CT_SCORES, (2 * block_floats + (size_t)a->keys) * sizeof(float));
  float *gradients = scores + block_floats, *dropped = gradients + block_floats;
  float *dk_head = j->dk + (size_t)(sequence * a->keys) * a->key_stride + (size_t)(kv * size);
  float *dv_head = j->dv + (size_t)(sequence * a->keys) * a->value_stride + (size_t)(kv * size);
  clear(dk_head, a->key_stride, a->keys, size);
  clear(dv_head, a->value_stride, a->keys, size);
  for (int head = kv * group; head < (kv + 1) * group; head++) {
    int row = sequence * a->heads + head;
    float *dbias = j->dbias ? j->dbias + (size_t)row * (size_t)(a->queries + a->keys - 1) : NULL;
    for (int first = 0; first < a->queries; first += BLOCK) {
      block b = place(a, sequence, first);
      size_t query_row = (size_t)(sequence * a->queries + first), key_row = (size_t)(sequence * a->keys + b.first_key);
      const float *q = j->q + query_row * a->query_stride + (size_t)(head * size);
      const float *k = j->k + key_row * a->key_stride + (size_t)(kv * size);
      const float *v = j->v + key_row * a->value_stride + (size_t)(kv * size);
      const float *out = j->output + query_row * a->output_stride + (size_t)(head * size);
      const float *dout = j->doutput + query_row * a->output_stride + (size_t)(head * size);
      float *dq = j->dq + query_row * a->query_stride + (size_t)(head * size);
      float *dk = dk_head + (size_t)b.first_key * a->key_stride, *dv = dv_head + (size_t)b.first_key * a->value_stride;
      multiply(b.queries, b.keys, size, q, a->query_stride, 0, k, a->key_stride, 1, scores, (size_t)b.keys, 0);
      multiply(b.queries, b.keys, size, dout, a->output_stride, 0, v, a->value_stride, 1, gradients, (size_t)b.keys, 0);
      for (int i = 0; i < b.queries; i++) {
        float *p = scores + (size_t)i * (size_t)b.keys, *d = gradients + (size_t)i * (size_t)b.keys;
        int keys = seen(a, b, i);
        if (keys > 0) {
          float lse = j->kept[(size_t)row * (size_t)a->queries + (size_t)(first + i)];
          float along = loops->dot(out + (size_t)i * a->output_stride, dout + (size_t)i * a->output_stride, size);
          loops->exponentials(a->scale, p, bias_of(a, head, first + i, b.first_key), lse, keys, p);
          if (a->dropout > 0) {
            // The same mask that the forward pass drew: on the gradient of the probabilities, and on the probabilities for dv.
            drop(j, row, first + i, d, keys);
            memcpy(dropped, p, (size_t)keys * sizeof(float));
            drop(j, row, first + i, dropped, keys);
          }
          loops->score_gradients(p, d, along, 1, keys, d);
          if (dbias) loops->add_scaled(1, d, (size_t)keys, dbias + (b.first_key - (first + i) + a->queries - 1));
          loops->scale(a->scale, d, (size_t)keys, d);
          if (a->dropout > 0) memcpy(p, dropped, (size_t)keys * sizeof(float));
        }
        memset(p + keys, 0, (size_t)(b.keys - keys) * sizeof(float));
        memset(d + keys, 0, (size_t)(b.keys - keys) * sizeof(float));
      }
      if (b.keys > 0) {
        multiply(b.keys, size, b.queries, scores, (size_t)b.keys, 1, dout, a->output_stride, 0, dv, a->value_stride, 1);
        multiply(b.keys, size, b.queries, gradients, (size_t)b.keys, 1, q, a->query_stride, 0, dk, a->key_stride, 1);
      }
      multiply(b.queries, size, b.keys, gradients, (size_t)b.keys, 0, k, a->key_stride, 0, dq, a->query_stride, 0);
    }
  }
}

void ct_attend_back(
  const ct_attention *a, const float *q, const float *k, const float *v, const float *output, const float *kept, const float *doutput,
  float *dq, float *dk, float *dv, float *dbias
) {
  job j = {.a = a, .loops = ct_loops(), .q = q, .k = k, .v = v, .output = (float *)output, .kept = (float *)kept, .doutput = doutput,
           .dq = dq, .dk = dk, .dv = dv, .dbias = dbias};
  ck_parallel(a->batch * a->kv_heads, attend_back, &j);
}

typedef struct { float *x; size_t stride; int tokens, heads, size, first, inverse; double base; } rotation;

static void rotate_token(void *context, int task) {
  const rotation *r = context;
  int half = r->size / 2;
  float *turns = ct_scratch(CT_SCORES, (size_t)r->size * sizeof(float));
  // A task is one token: its heads share the angles.
  int position = r->first + task % r->tokens;
  for (int i = 0; i < half; i++) {
    // In single precision, as transformers computes them.
    float frequency = 1.0f / powf((float)r->base, (float)(2 * i) / (float)r->size), angle = (float)position * frequency;
    turns[i] = cosf(angle);
    turns[half + i] = sinf(angle);
  }
  for (int head = 0; head < r->heads; head++)
    ct_loops()->rotate(r->x + (size_t)task * r->stride + (size_t)(head * r->size), turns, half, r->inverse);
}

void ct_rotate(
  float *x, size_t stride, int batch, int tokens, int heads, int size, float base, int first_position, int inverse
) {
  rotation r = {x, stride, tokens, heads, size, first_position, inverse, base};
  ck_parallel(batch * tokens, rotate_token, &r);
}

// Attention over runs of cached keys and values. A few queries read the cache as it lies; a block of many packs each head's keys and
// values into panels first and uses the tiles of the linear layers.
#include <string.h>

#include "kernels.h"

enum { BLOCK_QUERIES = 48, PACK_FROM = 12 };

typedef struct {
  const kernel_table *kernels;
  const ck_attention *a;
  const ck_sequence *sequences;
  int count, group;
} job;

static int visible(const ck_sequence *s, int query) { return s->causal ? s->key_count - s->query_count + query + 1 : s->key_count; }

static void add_bias(const ck_sequence *s, int head, int query, float *scores, int keys) {
  if (!s->bias) return;
  const float *bias = s->bias + (size_t)head * s->bias_head_stride + s->bias_zero;
  int position = s->key_count - s->query_count + query;
  if (!s->causal && s->query_count == s->key_count) position = query;
  for (int t = 0; t < keys; t++) {
    int distance = t - position;
    distance = distance > s->bias_limit ? s->bias_limit : distance < -s->bias_limit ? -s->bias_limit : distance;
    scores[t] += bias[distance];
  }
}

static const void *at(const void *base, size_t elements, int type) {
  return (const char *)base + elements * (type == CK_CACHE_F16 ? 2 : 4);
}

// One query at a time, the heads that share keys together.
static void attend_rows(const job *j, const ck_sequence *s, int kv_head) {
  const ck_attention *a = j->a;
  int stride = (s->key_count + 15) / 16 * 16;
  float *scores = ck_thread_scratch((size_t)stride * j->group * sizeof(float));
  size_t offset = (size_t)kv_head * a->size;
  for (int query = 0; query < s->query_count; query++) {
    int keys = visible(s, query);
    const float *q = s->queries + (size_t)query * a->query_stride + (size_t)kv_head * j->group * a->size;
    float *out = s->output + (size_t)query * a->output_stride + (size_t)kv_head * j->group * a->size;
    int done = 0;
    for (int r = 0; r < s->run_count && done < keys; r++) {
      int count = s->runs[r].count < keys - done ? s->runs[r].count : keys - done;
      const void *start = at(s->runs[r].base, a->keys_offset + offset, a->cache_type);
      if (a->cache_type == CK_CACHE_F16)
        j->kernels->scores_f16(q, a->size, j->group, a->size, start, a->cache_stride, count, a->scale, scores + done, stride);
      else
        j->kernels->scores_f32(q, a->size, j->group, a->size, start, a->cache_stride, count, a->scale, scores + done, stride);
      done += count;
    }
    memset(out, 0, (size_t)j->group * a->size * sizeof(float));
    for (int h = 0; h < j->group; h++) {
      add_bias(s, kv_head * j->group + h, query, scores + (size_t)h * stride, keys);
      j->kernels->softmax(scores + (size_t)h * stride, keys);
      int mixed = 0;
      for (int r = 0; r < s->run_count && mixed < keys; r++) {
        int count = s->runs[r].count < keys - mixed ? s->runs[r].count : keys - mixed;
        const void *start = at(s->runs[r].base, a->values_offset + offset, a->cache_type);
        if (a->cache_type == CK_CACHE_F16)
          j->kernels->mix_f16(scores + (size_t)h * stride + mixed, count, start, a->cache_stride, a->size, out + (size_t)h * a->size);
        else
          j->kernels->mix_f32(scores + (size_t)h * stride + mixed, count, start, a->cache_stride, a->size, out + (size_t)h * a->size);
        mixed += count;
      }
    }
  }
}

// Keys as panels of CK_PANEL tokens for q · kᵀ, values as panels of CK_PANEL elements for p · v.
static void attend_block(const job *j, const ck_sequence *s, int kv_head) {
  const ck_attention *a = j->a;
  int keys = s->key_count, padded = (keys + CK_PANEL - 1) / CK_PANEL * CK_PANEL, wide = (a->size + 15) / 16 * 16;
  size_t bytes = ((size_t)padded * (a->size + wide + BLOCK_QUERIES) + 2 * 256) * sizeof(float);
  float *key_panels = ck_thread_scratch(bytes);
  float *value_panels = key_panels + (size_t)padded * a->size;
  float *scores = value_panels + (size_t)padded * wide;
  float *row = scores + (size_t)padded * BLOCK_QUERIES;
  size_t offset = (size_t)kv_head * a->size;
  int token = 0;
  for (int r = 0; r < s->run_count; r++) {
    for (int i = 0; i < s->runs[r].count; i++, token++) {
      const float *key = at(s->runs[r].base, a->keys_offset + (size_t)i * a->cache_stride + offset, a->cache_type);
      const float *value = at(s->runs[r].base, a->values_offset + (size_t)i * a->cache_stride + offset, a->cache_type);
      if (a->cache_type == CK_CACHE_F16) {
        j->kernels->from_half((const uint16_t *)key, a->size, row);
        j->kernels->from_half((const uint16_t *)value, a->size, row + 256);
        key = row;
        value = row + 256;
      }
      float *panel = key_panels + (size_t)(token / CK_PANEL) * CK_PANEL * a->size + token % CK_PANEL;
      for (int d = 0; d < a->size; d++) panel[(size_t)d * CK_PANEL] = key[d];
      for (int first = 0; first < wide; first += CK_PANEL) {
        int width = wide - first < CK_PANEL ? wide - first : CK_PANEL;
        int valid = a->size - first < width ? a->size - first : width;
        float *target = value_panels + (size_t)first * keys + (size_t)token * width;
        memcpy(target, value + first, (size_t)valid * sizeof(float));
        if (valid < width) memset(target + valid, 0, (size_t)(width - valid) * sizeof(float));
      }
    }
  }
  for (; token < padded; token++)
    for (int d = 0; d < a->size; d++) key_panels[(size_t)(token / CK_PANEL) * CK_PANEL * a->size + (size_t)d * CK_PANEL + token % CK_PANEL] = 0;
  for (int h = kv_head * j->group; h < (kv_head + 1) * j->group; h++) {
    for (int first = 0; first < s->query_count; first += BLOCK_QUERIES) {
      int queries = s->query_count - first < BLOCK_QUERIES ? s->query_count - first : BLOCK_QUERIES;
      int seen = visible(s, first + queries - 1);
      const float *q = s->queries + (size_t)first * a->query_stride + (size_t)h * a->size;
      for (int p = 0; p * CK_PANEL < seen; p++) {
        panel_output out = {scores + (size_t)p * CK_PANEL, (size_t)padded, NULL, NULL, 0, CK_IDENTITY, CK_PANEL, 0};
        j->kernels->panel_f32(key_panels + (size_t)p * CK_PANEL * a->size, CK_PANEL, a->size, q, a->query_stride, queries, &out);
      }
      for (int i = 0; i < queries; i++) {
        float *line = scores + (size_t)i * padded;
        int own = visible(s, first + i);
        for (int t = 0; t < own; t++) line[t] *= a->scale;
        add_bias(s, h, first + i, line, own);
        j->kernels->softmax(line, own);
        memset(line + own, 0, (size_t)(seen - own) * sizeof(float));
      }
      for (int column = 0; column < wide; column += CK_PANEL) {
        int width = wide - column < CK_PANEL ? wide - column : CK_PANEL;
        int valid = a->size - column < width ? a->size - column : width;
        float *y = s->output + (size_t)first * a->output_stride + (size_t)h * a->size + column;
        panel_output out = {y, a->output_stride, NULL, NULL, 0, CK_IDENTITY, valid, 0};
        j->kernels->panel_f32(value_panels + (size_t)column * keys, width, seen, scores, (size_t)padded, queries, &out);
      }
    }
  }
}

static void attend_task(void *context, int task) {
  const job *j = context;
  const ck_sequence *s = j->sequences + task / j->a->kv_heads;
  if (s->query_count >= PACK_FROM) attend_block(j, s, task % j->a->kv_heads);
  else attend_rows(j, s, task % j->a->kv_heads);
}

void ck_attend(const ck_attention *attention, const ck_sequence *sequences, int count) {
  job j = {ck_kernels(), attention, sequences, count, attention->heads / attention->kv_heads};
  int tasks = count * attention->kv_heads;
  // Short contexts are done before another thread has woken up.
  size_t work = 0;
  for (int i = 0; i < count; i++) work += (size_t)sequences[i].key_count * sequences[i].query_count;
  if (work * attention->heads * attention->size < 1 << 16) {
    for (int i = 0; i < tasks; i++) attend_task(&j, i);
    return;
  }
  ck_parallel(tasks, attend_task, &j);
}

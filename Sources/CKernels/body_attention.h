// Scores of a few queries against keys as they lie in a cache, and weighted sums of its values.

// One key against `group` queries that share it. `size` is at most 256.
#define SCORES(name, element, load_elements)                                                                                          \
  static void name(                                                                                                                   \
    const float *q, size_t q_stride, int group, int size, const element *keys, size_t stride, int count, float scale, float *scores,  \
    size_t scores_stride) {                                                                                                           \
    int whole = size / LANES * LANES;                                                                                                 \
    for (int h = 0; h < group; h++) {                                                                                                 \
      const float *query = q + (size_t)h * q_stride;                                                                                  \
      for (int t = 0; t < count; t++) {                                                                                               \
        const element *key = keys + (size_t)t * stride;                                                                               \
        vf first = splat(0), second = splat(0);                                                                                       \
        int i = 0;                                                                                                                    \
        for (; i + 2 * LANES <= whole; i += 2 * LANES) {                                                                              \
          first = fma_(load(query + i), load_elements(key + i), first);                                                               \
          second = fma_(load(query + i + LANES), load_elements(key + i + LANES), second);                                             \
        }                                                                                                                             \
        for (; i < whole; i += LANES) first = fma_(load(query + i), load_elements(key + i), first);                                   \
        float total = sum_lanes(first + second);                                                                                      \
        for (; i < size; i++) total += query[i] * one_##name(key + i);                                                                \
        scores[(size_t)h * scores_stride + t] = total * scale;                                                                        \
      }                                                                                                                               \
    }                                                                                                                                 \
  }

// out[i] += sum over t of weights[t] * values[t][i], in the order of t.
#define MIX(name, element, load_elements)                                                                                             \
  static void name(const float *weights, int count, const element *values, size_t stride, int size, float *out) {                     \
    int i = 0;                                                                                                                        \
    for (; i + 4 * LANES <= size; i += 4 * LANES) {                                                                                   \
      vf a = load(out + i), b = load(out + i + LANES), c = load(out + i + 2 * LANES), d = load(out + i + 3 * LANES);                  \
      for (int t = 0; t < count; t++) {                                                                                               \
        const element *value = values + (size_t)t * stride + i;                                                                       \
        vf weight = splat(weights[t]);                                                                                                \
        a = fma_(weight, load_elements(value), a);                                                                                    \
        b = fma_(weight, load_elements(value + LANES), b);                                                                            \
        c = fma_(weight, load_elements(value + 2 * LANES), c);                                                                        \
        d = fma_(weight, load_elements(value + 3 * LANES), d);                                                                        \
      }                                                                                                                               \
      store(out + i, a);                                                                                                              \
      store(out + i + LANES, b);                                                                                                      \
      store(out + i + 2 * LANES, c);                                                                                                  \
      store(out + i + 3 * LANES, d);                                                                                                  \
    }                                                                                                                                 \
    for (; i + LANES <= size; i += LANES) {                                                                                           \
      vf a = load(out + i);                                                                                                           \
      for (int t = 0; t < count; t++) a = fma_(splat(weights[t]), load_elements(values + (size_t)t * stride + i), a);                 \
      store(out + i, a);                                                                                                              \
    }                                                                                                                                 \
    for (; i < size; i++)                                                                                                             \
      for (int t = 0; t < count; t++) out[i] += weights[t] * one_##name(values + (size_t)t * stride + i);                             \
  }

INLINE float half_value(const uint16_t *p) {
  uint16_t part[LANES] = {*p};
  return load_half(part)[0];
}

#define one_scores_f32(p) (*(p))
#define one_mix_f32(p) (*(p))
#define one_scores_f16(p) half_value(p)
#define one_mix_f16(p) half_value(p)

SCORES(scores_f32, float, load)
SCORES(scores_f16, uint16_t, load_half)
MIX(mix_f32, float, load)
MIX(mix_f16, uint16_t, load_half)

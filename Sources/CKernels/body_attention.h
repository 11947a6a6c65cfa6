// Scores of a few queries against keys as they lie in a cache, and weighted sums of its values.

// Four vectors, the lanes of each summed in the order of sum_lanes.
INLINE void sum_four(vf a, vf b, vf c, vf d, float *sums) {
#if LANES == 16
  typedef float v8 __attribute__((ext_vector_type(8)));
#define HALVES(v) (__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) + __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15))
  v8 a8 = HALVES(a), b8 = HALVES(b), c8 = HALVES(c), d8 = HALVES(d);
#undef HALVES
#elif LANES == 8
  vf a8 = a, b8 = b, c8 = c, d8 = d;
#endif
#if LANES >= 8
  // Lanes of two sums side by side: quarters, then pairs, then single lanes are added.
  vf4 a4 = __builtin_shufflevector(a8, a8, 0, 1, 2, 3) + __builtin_shufflevector(a8, a8, 4, 5, 6, 7);
  vf4 b4 = __builtin_shufflevector(b8, b8, 0, 1, 2, 3) + __builtin_shufflevector(b8, b8, 4, 5, 6, 7);
  vf4 c4 = __builtin_shufflevector(c8, c8, 0, 1, 2, 3) + __builtin_shufflevector(c8, c8, 4, 5, 6, 7);
  vf4 d4 = __builtin_shufflevector(d8, d8, 0, 1, 2, 3) + __builtin_shufflevector(d8, d8, 4, 5, 6, 7);
#else
  vf4 a4 = a, b4 = b, c4 = c, d4 = d;
#endif
  vf4 ab = __builtin_shufflevector(a4, b4, 0, 1, 4, 5) + __builtin_shufflevector(a4, b4, 2, 3, 6, 7);
  vf4 cd = __builtin_shufflevector(c4, d4, 0, 1, 4, 5) + __builtin_shufflevector(c4, d4, 2, 3, 6, 7);
  vf4 all = __builtin_shufflevector(ab, cd, 0, 2, 4, 6) + __builtin_shufflevector(ab, cd, 1, 3, 5, 7);
  *(vf4 *)sums = all;
}

// Keys against `group` queries that share them. `size` is at most 256.
#define SCORES(name, element, load_elements)                                                                                          \
  INLINE vf products_##name(const float *query, const element *key, int whole) {                                                      \
    vf first = splat(0), second = splat(0);                                                                                           \
    int i = 0;                                                                                                                        \
    for (; i + 2 * LANES <= whole; i += 2 * LANES) {                                                                                  \
      first = fma_(load(query + i), load_elements(key + i), first);                                                                   \
      second = fma_(load(query + i + LANES), load_elements(key + i + LANES), second);                                                 \
    }                                                                                                                                 \
    for (; i < whole; i += LANES) first = fma_(load(query + i), load_elements(key + i), first);                                       \
    return first + second;                                                                                                            \
  }                                                                                                                                   \
  static void name(                                                                                                                   \
    const float *q, size_t q_stride, int group, int size, const element *keys, size_t stride, int count, float scale, float *scores,  \
    size_t scores_stride) {                                                                                                           \
    int whole = size / LANES * LANES;                                                                                                 \
    for (int h = 0; h < group; h++) {                                                                                                 \
      const float *query = q + (size_t)h * q_stride;                                                                                  \
      float *line = scores + (size_t)h * scores_stride;                                                                               \
      for (int t = 0; t < count; t += 4) {                                                                                            \
        const element *key[4];                                                                                                        \
        float totals[4] __attribute__((aligned(16)));                                                                                 \
        for (int k = 0; k < 4; k++) key[k] = keys + (size_t)(t + k < count ? t + k : count - 1) * stride;                             \
        sum_four(                                                                                                                     \
          products_##name(query, key[0], whole), products_##name(query, key[1], whole), products_##name(query, key[2], whole),        \
          products_##name(query, key[3], whole), totals);                                                                             \
        for (int k = 0; k < 4 && t + k < count; k++) {                                                                                \
          for (int i = whole; i < size; i++) totals[k] += query[i] * one_##name(key[k] + i);                                          \
          line[t + k] = totals[k] * scale;                                                                                            \
        }                                                                                                                             \
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

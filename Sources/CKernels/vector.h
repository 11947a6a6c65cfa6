// Vectors of LANES floats and the few functions on them that every loop needs.
#define INLINE static inline __attribute__((always_inline))

typedef float vf __attribute__((ext_vector_type(LANES)));
typedef int32_t vi __attribute__((ext_vector_type(LANES)));
typedef uint32_t vu __attribute__((ext_vector_type(LANES)));
typedef float vf4 __attribute__((ext_vector_type(4)));
typedef vf vf_any __attribute__((aligned(4)));
typedef vi vi_any __attribute__((aligned(1)));
typedef vu vu_any __attribute__((aligned(1)));

INLINE vf load(const float *p) { return *(const vf_any *)p; }
INLINE void store(float *p, vf v) { *(vf_any *)p = v; }
INLINE vf splat(float x) { return (vf)x; }

INLINE vf fma_(vf a, vf b, vf c) {
#if defined(HAS_FMA)
  return __builtin_elementwise_fma(a, b, c);
#else
  return a * b + c;
#endif
}

// Sums lanes as a tree: lane i and lane i + LANES / 2 first. The order depends on LANES alone.
INLINE float sum_lanes(vf v) {
#if LANES == 16
  v += __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1);
  v += __builtin_shufflevector(v, v, 4, 5, 6, 7, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
  v += __builtin_shufflevector(v, v, 2, 3, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
#elif LANES == 8
  v += __builtin_shufflevector(v, v, 4, 5, 6, 7, -1, -1, -1, -1);
  v += __builtin_shufflevector(v, v, 2, 3, -1, -1, -1, -1, -1, -1);
#else
  v += __builtin_shufflevector(v, v, 2, 3, -1, -1);
#endif
  return v[0] + v[1];
}

INLINE float max_lanes(vf v) {
#if LANES == 16
  v = __builtin_elementwise_max(v, __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, -1, -1, -1, -1, -1, -1, -1, -1));
  v = __builtin_elementwise_max(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
  v = __builtin_elementwise_max(v, __builtin_shufflevector(v, v, 2, 3, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1));
#elif LANES == 8
  v = __builtin_elementwise_max(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, -1, -1, -1, -1));
  v = __builtin_elementwise_max(v, __builtin_shufflevector(v, v, 2, 3, -1, -1, -1, -1, -1, -1));
#else
  v = __builtin_elementwise_max(v, __builtin_shufflevector(v, v, 2, 3, -1, -1));
#endif
  return v[0] > v[1] ? v[0] : v[1];
}

// The first `count` floats, the rest filled.
INLINE vf load_part(const float *p, int count, float fill) {
  float lanes[LANES];
  for (int i = 0; i < LANES; i++) lanes[i] = i < count ? p[i] : fill;
  return load(lanes);
}

INLINE void store_part(float *p, vf v, int count) {
  float lanes[LANES];
  store(lanes, v);
  for (int i = 0; i < count; i++) p[i] = lanes[i];
}

INLINE vf choose(vi mask, vf a, vf b) { return (vf)((mask & (vi)a) | (~mask & (vi)b)); }

// exp within 2 units in the last place; 0 below -87.3, at most e^88.
// Cody and Waite's reduction x = n·ln 2 + r, then the Taylor polynomial of degree 7 on |r| <= ln 2 / 2.
INLINE vf exp_(vf x) {
  vi tiny = x < splat(-87.3f);
  x = __builtin_elementwise_min(x, splat(88.0f));
  x = __builtin_elementwise_max(x, splat(-87.3f));
  const vf magic = splat(12582912.0f);  // 1.5 · 2²³: adding it rounds to an integer
  vf shifted = fma_(x, splat(1.44269504f), magic);
  vf n = shifted - magic;
  vf r = fma_(n, splat(-0.693145752f), x);
  r = fma_(n, splat(-1.42860677e-6f), r);
  vf p = splat(1.0f / 5040);
  p = fma_(p, r, splat(1.0f / 720));
  p = fma_(p, r, splat(1.0f / 120));
  p = fma_(p, r, splat(1.0f / 24));
  p = fma_(p, r, splat(1.0f / 6));
  p = fma_(p, r, splat(0.5f));
  p = fma_(p, r, splat(1.0f));
  p = fma_(p, r, splat(1.0f));
  vi exponent = ((vi)shifted - (vi)magic) << 23;
  vf result = (vf)((vi)p + exponent);
  return choose(tiny, splat(0.0f), result);
}

// x · Φ(x), Φ the normal distribution's: erfc(z) = e^(-z²) · t · P(t) with t = 1 / (1 + 0.4 z), P of degree 7 fitted by iterated least
// squares on 0...4.2 (largest error of erfc 4e-10, so rounding decides).
INLINE vf gelu_erf(vf x) {
  vf z = __builtin_elementwise_abs(x) * splat(0.70710678f);
  vf t = splat(1.0f) / fma_(z, splat(0.4f), splat(1.0f));
  vf p = splat(0.0739384126f);
  p = fma_(p, t, splat(-0.387912994f));
  p = fma_(p, t, splat(0.658337031f));
  p = fma_(p, t, splat(-0.327357292f));
  p = fma_(p, t, splat(0.363433933f));
  p = fma_(p, t, splat(0.164571439f));
  p = fma_(p, t, splat(0.229156452f));
  p = fma_(p, t, splat(0.225833018f));
  vf half_erfc = splat(0.5f) * t * p * exp_(-z * z);
  vf phi = choose(x < splat(0.0f), half_erfc, splat(1.0f) - half_erfc);
  return x * phi;
}

// ½ x (1 + tanh u) = x / (1 + e^(-2u)), u = √(2/π) (x + 0.044715 x³).
INLINE vf gelu_tanh(vf x) {
  vf cubic = fma_(x * x * x, splat(0.044715f), x);
  return x / (splat(1.0f) + exp_(cubic * splat(-1.59576912f)));
}

INLINE vf activate(vf x, int activation) {
  switch (activation) {
    case CK_GELU_TANH: return gelu_tanh(x);
    case CK_GELU_ERF: return gelu_erf(x);
    case CK_RELU: return __builtin_elementwise_max(x, splat(0.0f));
    case CK_SILU: return x / (splat(1.0f) + exp_(-x));
    default: return x;
  }
}

// Half precision. The portable way is exact for every finite number.
INLINE vf load_half(const uint16_t *p) {
#if defined(HAS_AVX512)
  return (vf)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
#elif defined(HAS_AVX2)
  return (vf)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
#else
  uint32_t lanes[LANES];
  for (int i = 0; i < LANES; i++) lanes[i] = p[i];
  vu bits = *(const vu_any *)lanes;
  vf magnitude = (vf)((bits & 0x7FFFu) << 13) * splat(0x1p112f);
  return (vf)((vu)magnitude | (bits & 0x8000u) << 16);
#endif
}

INLINE uint16_t half_of(float x) {
  union { float f; uint32_t u; } value = {x};
  uint32_t sign = value.u >> 16 & 0x8000u, magnitude = value.u & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) return (uint16_t)(sign | 0x7E00u);
  if (magnitude >= 0x477FF000u) return (uint16_t)(sign | 0x7C00u);
  if (magnitude < 0x38800000u) {
    // Adding ½ leaves the multiple of 2⁻²⁴ that is nearest in the low bits.
    value.u = magnitude;
    value.f += 0.5f;
    return (uint16_t)(sign | (value.u - 0x3F000000u));
  }
  return (uint16_t)(sign | ((magnitude - 0x38000000u + 0xFFFu + (magnitude >> 13 & 1)) >> 13));
}

INLINE void store_half(uint16_t *p, vf v) {
#if defined(HAS_AVX512)
  _mm256_storeu_si256((__m256i *)p, _mm512_cvtps_ph((__m512)v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
#elif defined(HAS_AVX2)
  _mm_storeu_si128((__m128i *)p, _mm256_cvtps_ph((__m256)v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
#else
  float lanes[LANES];
  store(lanes, v);
  for (int i = 0; i < LANES; i++) p[i] = half_of(lanes[i]);
#endif
}

// Functions of one float without branches, so that a loop over them becomes vector code.

// exp within 2 units in the last place; 0 below -87.3, at most e^88.
// Cody and Waite's reduction x = n·ln 2 + r, then Taylor's polynomial of degree 7 on |r| <= ln 2 / 2.
INLINE float exp_(float x) {
  float bounded = x > 88.0f ? 88.0f : x < -87.3f ? -87.3f : x;
  union { float f; int32_t i; } n, p;
  {
#pragma clang fp reassociate(off)
    const float magic = 12582912.0f;  // 1.5 · 2²³: adding it rounds to an integer
    n.f = bounded * 1.44269504f + magic;
    float whole = n.f - magic;
    float r = bounded - whole * 0.693145752f;
    r = r - whole * 1.42860677e-6f;
    p.f = 1.0f / 5040;
    p.f = p.f * r + 1.0f / 720;
    p.f = p.f * r + 1.0f / 120;
    p.f = p.f * r + 1.0f / 24;
    p.f = p.f * r + 1.0f / 6;
    p.f = p.f * r + 0.5f;
    p.f = p.f * r + 1.0f;
    p.f = p.f * r + 1.0f;
  }
  p.i += (int32_t)((uint32_t)n.i << 23);
  return x < -87.3f ? 0.0f : p.f;
}

INLINE float tanh_(float x) {
  // Near zero 1 - 2 / (e^2x + 1) loses digits, so the odd Taylor polynomial takes over.
  float s = x * x;
  float small = x * (1 + s * (-1.0f / 3 + s * (2.0f / 15 + s * (-17.0f / 315))));
  float large = 1 - 2 / (exp_(2 * x) + 1);
  return s < 0.01f ? small : large;
}

INLINE float sigmoid(float x) { return 1 / (1 + exp_(-x)); }

// Φ, the normal distribution's: erfc(z) = e^(-z²) · t · P(t) with t = 1 / (1 + 0.4 z), P of degree 7 fitted by iterated least squares
// on 0...4.2 (largest error of erfc 4e-10, so rounding decides).
INLINE float normal_cdf(float x) {
  float z = fabsf(x) * 0.70710678f;
  float t = 1 / (1 + 0.4f * z);
  float p = 0.0739384126f;
  p = p * t - 0.387912994f;
  p = p * t + 0.658337031f;
  p = p * t - 0.327357292f;
  p = p * t + 0.363433933f;
  p = p * t + 0.164571439f;
  p = p * t + 0.229156452f;
  p = p * t + 0.225833018f;
  float half_erfc = 0.5f * t * p * exp_(-z * z);
  return x < 0 ? half_erfc : 1 - half_erfc;
}

INLINE float value_of(int activation, float x) {
  switch (activation) {
    case CT_GELU_TANH: return x * sigmoid(1.59576912f * (x + 0.044715f * x * x * x));
    case CT_GELU_ERF: return x * normal_cdf(x);
    case CT_RELU: return x > 0 ? x : 0;
    case CT_SILU: return x * sigmoid(x);
    case CT_TANH: return tanh_(x);
    default: return x;
  }
}

INLINE float slope_of(int activation, float x) {
  switch (activation) {
    case CT_GELU_TANH: {
      float s = sigmoid(1.59576912f * (x + 0.044715f * x * x * x));
      return s + x * s * (1 - s) * (1.59576912f + 0.214070968f * x * x);
    }
    case CT_GELU_ERF: return normal_cdf(x) + x * 0.39894228f * exp_(-0.5f * x * x);
    case CT_RELU: return x > 0 ? 1 : 0;
    case CT_SILU: {
      float s = sigmoid(x);
      return s + x * s * (1 - s);
    }
    case CT_TANH: {
      float t = tanh_(x);
      return 1 - t * t;
    }
    default: return 1;
  }
}

// One loop for each activation, so that the choice is outside the loop.
#define FOR_EACH_ACTIVATION(LOOP) \
  switch (activation) { \
    case CT_GELU_TANH: LOOP(CT_GELU_TANH); break; \
    case CT_GELU_ERF: LOOP(CT_GELU_ERF); break; \
    case CT_RELU: LOOP(CT_RELU); break; \
    case CT_SILU: LOOP(CT_SILU); break; \
    case CT_TANH: LOOP(CT_TANH); break; \
    default: LOOP(CT_IDENTITY); break; \
  }

// Norms, softmax, gates and roundings: one row at a time.

static void layer_norm(const float *x, int width, const float *weight, const float *bias, float epsilon, float *y) {
  vf sum = splat(0);
  int i = 0;
  for (; i + LANES <= width; i += LANES) sum += load(x + i);
  float total = sum_lanes(sum);
  for (; i < width; i++) total += x[i];
  float mean = total / (float)width;
  vf squares = splat(0);
  for (i = 0; i + LANES <= width; i += LANES) {
    vf d = load(x + i) - splat(mean);
    squares = fma_(d, d, squares);
  }
  float variance = sum_lanes(squares);
  for (; i < width; i++) variance += (x[i] - mean) * (x[i] - mean);
  float scale = 1.0f / sqrtf(variance / (float)width + epsilon);
  for (i = 0; i + LANES <= width; i += LANES) {
    vf normal = (load(x + i) - splat(mean)) * splat(scale);
    store(y + i, bias ? fma_(normal, load(weight + i), load(bias + i)) : normal * load(weight + i));
  }
  for (; i < width; i++) y[i] = (x[i] - mean) * scale * weight[i] + (bias ? bias[i] : 0);
}

static void rms_norm(const float *x, int width, const float *weight, float epsilon, float *y) {
  vf squares = splat(0);
  int i = 0;
  for (; i + LANES <= width; i += LANES) squares = fma_(load(x + i), load(x + i), squares);
  float total = sum_lanes(squares);
  for (; i < width; i++) total += x[i] * x[i];
  float scale = 1.0f / sqrtf(total / (float)width + epsilon);
  for (i = 0; i + LANES <= width; i += LANES) store(y + i, load(x + i) * splat(scale) * load(weight + i));
  for (; i < width; i++) y[i] = x[i] * scale * weight[i];
}

static void gate(const float *pairs, int width, int activation, float *y) {
  int i = 0;
  for (; i + LANES <= width; i += LANES) store(y + i, activate(load(pairs + i), activation) * load(pairs + width + i));
  if (i < width) {
    vf product = activate(load_part(pairs + i, width - i, 0), activation) * load_part(pairs + width + i, width - i, 0);
    store_part(y + i, product, width - i);
  }
}

INLINE float largest(const float *x, int count) {
  vf best = splat(-INFINITY);
  int i = 0;
  for (; i + LANES <= count; i += LANES) best = __builtin_elementwise_max(best, load(x + i));
  if (i < count) best = __builtin_elementwise_max(best, load_part(x + i, count - i, -INFINITY));
  return max_lanes(best);
}

static float softmax(float *x, int count) {
  float top = largest(x, count);
  vf sum = splat(0);
  int i = 0;
  for (; i + LANES <= count; i += LANES) {
    vf e = exp_(load(x + i) - splat(top));
    store(x + i, e);
    sum += e;
  }
  if (i < count) {
    vf e = exp_(load_part(x + i, count - i, -INFINITY) - splat(top));
    store_part(x + i, e, count - i);
    sum += e;
  }
  float total = sum_lanes(sum), scale = 1.0f / total;
  for (i = 0; i + LANES <= count; i += LANES) store(x + i, load(x + i) * splat(scale));
  for (; i < count; i++) x[i] *= scale;
  return top + logf(total);
}

static float log_sum_exp(const float *x, int count) {
  float top = largest(x, count);
  vf sum = splat(0);
  int i = 0;
  for (; i + LANES <= count; i += LANES) sum += exp_(load(x + i) - splat(top));
  if (i < count) sum += exp_(load_part(x + i, count - i, -INFINITY) - splat(top));
  return top + logf(sum_lanes(sum));
}

static void round_bf16(const float *x, int k, uint32_t *y) {
  uint16_t *out = (uint16_t *)y;
  for (int i = 0; i < k; i++) {
    uint32_t bits;
    memcpy(&bits, x + i, 4);
    out[i] = (uint16_t)((bits + 0x7FFFu + (bits >> 16 & 1)) >> 16);
  }
  if (k % 2) out[k] = 0;
}

// Codes of -127...127 with a scale for each group: the largest magnitude of the group is ±127. sum: of the codes, times `factor`.
static void round_codes(const float *x, int groups, int factor, int8_t *codes, float *scale, int32_t *sum) {
  typedef int8_t bytes __attribute__((ext_vector_type(LANES), aligned(1)));
  for (int g = 0; g < groups; g++, x += CK_GROUP, codes += CK_GROUP) {
    vf top = splat(0);
#pragma clang loop unroll(full)
    for (int i = 0; i < CK_GROUP; i += LANES) top = __builtin_elementwise_max(top, __builtin_elementwise_abs(load(x + i)));
    float largest = max_lanes(top);
    float inverse = largest > 0 ? 127.0f / largest : 0;
    vi total = (vi)0;
#pragma clang loop unroll(full)
    for (int i = 0; i < CK_GROUP; i += LANES) {
      const vf magic = splat(12582912.0f);
      vi code = (vi)(fma_(load(x + i), splat(inverse), magic)) - (vi)magic;
      total += code;
      *(bytes *)(codes + i) = __builtin_convertvector(code, bytes);
    }
    scale[g] = largest / 127.0f;
    sum[g] = factor * __builtin_reduce_add(total);
  }
}

static void to_half(const float *x, size_t count, uint16_t *y) {
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) store_half(y + i, load(x + i));
  for (; i < count; i++) y[i] = half_of(x[i]);
}

static void from_half(const uint16_t *x, size_t count, float *y) {
  size_t i = 0;
  for (; i + LANES <= count; i += LANES) store(y + i, load_half(x + i));
  if (i < count) {
    uint16_t part[LANES] = {0};
    memcpy(part, x + i, (count - i) * 2);
    store_part(y + i, load_half(part), (int)(count - i));
  }
}

// Loops over elements and rows.

static void combine(int op, const float *a, const float *b, size_t count, float *y) {
  if (op == CT_ADD)
    for (size_t i = 0; i < count; i++) y[i] = a[i] + b[i];
  else if (op == CT_SUBTRACT)
    for (size_t i = 0; i < count; i++) y[i] = a[i] - b[i];
  else
    for (size_t i = 0; i < count; i++) y[i] = a[i] * b[i];
}

static void add_scaled(float factor, const float *x, size_t count, float *y) {
  for (size_t i = 0; i < count; i++) y[i] += factor * x[i];
}

static void scale(float factor, const float *x, size_t count, float *y) {
  for (size_t i = 0; i < count; i++) y[i] = factor * x[i];
}

static void sum_columns(const float *x, int rows, size_t stride, int width, float *y) {
  for (int r = 0; r < rows; r++, x += stride)
    for (int i = 0; i < width; i++) y[i] += x[i];
}

static double sum(const float *x, size_t count) {
  double total = 0;
  for (size_t i = 0; i < count; i++) total += x[i];
  return total;
}

static double sum_of_squares(const float *x, size_t count) {
  double total = 0;
  for (size_t i = 0; i < count; i++) total += (double)x[i] * x[i];
  return total;
}

static void activate(int activation, const float *x, size_t count, float *y) {
#define LOOP(A) for (size_t i = 0; i < count; i++) y[i] = value_of(A, x[i])
  FOR_EACH_ACTIVATION(LOOP)
#undef LOOP
}

static void activate_back(int activation, const float *x, const float *dy, size_t count, float *dx) {
#define LOOP(A) for (size_t i = 0; i < count; i++) dx[i] = dy[i] * slope_of(A, x[i])
  FOR_EACH_ACTIVATION(LOOP)
#undef LOOP
}

static void gate(int activation, const float *gate, const float *value, size_t count, float *y) {
#define LOOP(A) for (size_t i = 0; i < count; i++) y[i] = value_of(A, gate[i]) * value[i]
  FOR_EACH_ACTIVATION(LOOP)
#undef LOOP
}

static void gate_back(
  int activation, const float *gate, const float *value, const float *dy, size_t count, float *dgate, float *dvalue
) {
#define LOOP(A) \
  for (size_t i = 0; i < count; i++) { \
    float g = gate[i], d = dy[i], v = value[i]; \
    dvalue[i] = d * value_of(A, g); \
    dgate[i] = d * v * slope_of(A, g); \
  }
  FOR_EACH_ACTIVATION(LOOP)
#undef LOOP
}

static void norm(int centred, const float *x, int width, const float *weight, const float *bias, float epsilon, float *y, float *kept) {
  float mean = 0, squares = 0;
  if (centred) {
    for (int i = 0; i < width; i++) mean += x[i];
    mean /= (float)width;
  }
  for (int i = 0; i < width; i++) squares += (x[i] - mean) * (x[i] - mean);
  float inverse = 1 / sqrtf(squares / (float)width + epsilon);
  if (bias)
    for (int i = 0; i < width; i++) y[i] = (x[i] - mean) * inverse * weight[i] + bias[i];
  else
    for (int i = 0; i < width; i++) y[i] = (x[i] - mean) * inverse * weight[i];
  kept[0] = mean;
  kept[1] = inverse;
}

static void norm_back(int centred, const float *x, const float *kept, const float *weight, const float *dy, int width, float *dx) {
  float mean = kept[0], inverse = kept[1], along = 0, total = 0;
  for (int i = 0; i < width; i++) {
    float d = dy[i] * weight[i];
    along += d * (x[i] - mean);
    total += d;
  }
  along *= inverse * inverse / (float)width;
  total = centred ? total / (float)width : 0;
  for (int i = 0; i < width; i++) dx[i] = inverse * (dy[i] * weight[i] - total - (x[i] - mean) * along);
}

static void norm_back_columns(
  const float *x, const float *kept, const float *dy, int rows, size_t stride, int width, float *dweight, float *dbias
) {
  for (int r = 0; r < rows; r++, x += stride, dy += stride, kept += 2) {
    float mean = kept[0], inverse = kept[1];
    for (int i = 0; i < width; i++) dweight[i] += dy[i] * ((x[i] - mean) * inverse);
    if (dbias)
      for (int i = 0; i < width; i++) dbias[i] += dy[i];
  }
}

INLINE float maximum(const float *x, int count) {
  float best = x[0];
  for (int i = 1; i < count; i++) best = x[i] > best ? x[i] : best;
  return best;
}

static float softmax(float *x, int count) {
  float best = maximum(x, count), total = 0;
  for (int i = 0; i < count; i++) x[i] = exp_(x[i] - best);
  for (int i = 0; i < count; i++) total += x[i];
  float inverse = 1 / total;
  for (int i = 0; i < count; i++) x[i] *= inverse;
  return best + logf(total);
}

static float log_sum_exp(const float *x, int count) {
  float best = maximum(x, count), total = 0;
  for (int i = 0; i < count; i++) total += exp_(x[i] - best);
  return best + logf(total);
}

static void exponentials(float factor, const float *x, const float *bias, float shift, int count, float *y) {
  if (bias)
    for (int i = 0; i < count; i++) y[i] = exp_(factor * x[i] + bias[i] - shift);
  else
    for (int i = 0; i < count; i++) y[i] = exp_(factor * x[i] - shift);
}

static void affine(float factor, const float *x, const float *bias, int count, float *y) {
  if (bias)
    for (int i = 0; i < count; i++) y[i] = factor * x[i] + bias[i];
  else
    for (int i = 0; i < count; i++) y[i] = factor * x[i];
}

static float dot(const float *a, const float *b, int count) {
  float total = 0;
  for (int i = 0; i < count; i++) total += a[i] * b[i];
  return total;
}

static void score_gradients(const float *p, const float *d, float shift, float factor, int count, float *y) {
  for (int i = 0; i < count; i++) y[i] = p[i] * (d[i] - shift) * factor;
}

static void softmax_gradient(float *logits, float lse, float factor, int count) {
  for (int i = 0; i < count; i++) logits[i] = exp_(logits[i] - lse) * factor;
}

// turns: `half` cosines, then `half` sines.
static void rotate(float *x, const float *turns, int half, int inverse) {
  float sign = inverse ? -1.0f : 1.0f;
  for (int i = 0; i < half; i++) {
    float c = turns[i], s = sign * turns[half + i], a = x[i], b = x[half + i];
    x[i] = a * c - b * s;
    x[half + i] = b * c + a * s;
  }
}

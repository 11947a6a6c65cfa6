// Optimizer steps in one pass over the memory: it is read and written once, which is what a step costs.

static void adam(const ct_adam *a, const float *gradient, size_t count, float *first, float *second, float *value) {
  double correction1 = 1 - pow(a->beta1, (double)a->step), correction2 = 1 - pow(a->beta2, (double)a->step);
  float keep1 = (float)a->beta1, take1 = (float)(1 - a->beta1), keep2 = (float)a->beta2, take2 = (float)(1 - a->beta2);
  float step_size = (float)(a->rate / correction1), inverse_root = (float)(1 / sqrt(correction2)), epsilon = (float)a->epsilon;
  float shrink = a->decoupled ? (float)(1 - a->rate * a->decay) : 1, coupled = a->decoupled ? 0 : (float)a->decay;
  float factor = a->gradient_factor;
  for (size_t i = 0; i < count; i++) {
    float v = value[i], g = gradient[i] * factor + coupled * v;
    float m = keep1 * first[i] + take1 * g, s = keep2 * second[i] + take2 * g * g;
    first[i] = m;
    second[i] = s;
    value[i] = shrink * v - step_size * m / (sqrtf(s) * inverse_root + epsilon);
  }
}

static void sgd(
  float rate, float momentum, float dampening, int nesterov, float decay, float gradient_factor, int is_first, const float *gradient,
  size_t count, float *buffer, float *value
) {
  if (!buffer) {
    for (size_t i = 0; i < count; i++) value[i] -= rate * (gradient[i] * gradient_factor + decay * value[i]);
    return;
  }
  // The first step fills the buffer with the gradient itself, as torch does.
  float keep = is_first ? 0 : momentum, take = is_first ? 1 : 1 - dampening;
  for (size_t i = 0; i < count; i++) {
    float g = gradient[i] * gradient_factor + decay * value[i];
    float b = keep * buffer[i] + take * g;
    buffer[i] = b;
    value[i] -= rate * (nesterov ? g + momentum * b : b);
  }
}

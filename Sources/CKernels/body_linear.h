// Linear layers on float and bfloat16 weights. A panel lies input by input, `width` outputs side by side, so that a tile of rows × width
// sums stays in registers while the panel streams past once.

#define PANEL_VECTORS (CK_PANEL / LANES)
#define QUARTER_VECTORS (16 / LANES)  // vectors in the smallest panel, 16 columns

// The sums of a tile, `vectors` for each row, get what the layer adds and leave for y. Not inlined: every tile would carry a copy.
static __attribute__((noinline)) void finish(const panel_output *out, int first_row, int rows, int vectors, const vf *sums) {
  for (int row = 0; row < rows; row++) {
    for (int v = 0; v < vectors; v++) {
      int column = v * LANES;
      if (column >= out->columns) break;
      vf sum = sums[row * vectors + v];
      float *y = out->y + (size_t)(first_row + row) * out->stride + column;
      int count = out->columns - column;
      int is_whole = count >= LANES;
      if (out->accumulate) sum += is_whole ? load(y) : load_part(y, count, 0);
      if (out->bias) sum += is_whole ? load(out->bias + column) : load_part(out->bias + column, count, 0);
      if (out->activation) sum = activate(sum, out->activation);
      if (out->residual) {
        const float *residual = out->residual + (size_t)(first_row + row) * out->residual_stride + column;
        sum += is_whole ? load(residual) : load_part(residual, count, 0);
      }
      if (is_whole) store(y, sum);
      else store_part(y, sum, count);
    }
  }
}

INLINE void tile_f32(
  const int rows, const int vectors, const float *panel, int k, const float *x, size_t x_stride, const panel_output *out, int first_row
) {
  vf sums[F32_ROWS][PANEL_VECTORS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[r][v] = splat(0);
  const float *w = panel;
  for (int i = 0; i < k; i++, w += vectors * LANES) {
    vf weights[PANEL_VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) weights[v] = load(w + v * LANES);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      vf value = splat(x[(size_t)r * x_stride + i]);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) sums[r][v] = fma_(value, weights[v], sums[r][v]);
    }
  }
  // A copy, so that the sums themselves never need an address and stay in registers.
  vf result[F32_ROWS * PANEL_VECTORS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) result[r * vectors + v] = sums[r][v];
  finish(out, first_row, rows, vectors, result);
}

INLINE void rows_f32(
  const int vectors, const float *panel, int k, const float *x, size_t x_stride, int rows, const panel_output *out
) {
  int r = 0;
  for (; r + F32_ROWS <= rows; r += F32_ROWS) tile_f32(F32_ROWS, vectors, panel, k, x + (size_t)r * x_stride, x_stride, out, r);
  x += (size_t)r * x_stride;
  switch (rows - r) {
#if F32_ROWS > 2
    case 7: tile_f32(7, vectors, panel, k, x, x_stride, out, r); break;
    case 6: tile_f32(6, vectors, panel, k, x, x_stride, out, r); break;
    case 5: tile_f32(5, vectors, panel, k, x, x_stride, out, r); break;
    case 4: tile_f32(4, vectors, panel, k, x, x_stride, out, r); break;
    case 3: tile_f32(3, vectors, panel, k, x, x_stride, out, r); break;
    case 2: tile_f32(2, vectors, panel, k, x, x_stride, out, r); break;
#endif
#if F32_ROWS > 1
    case 1: tile_f32(1, vectors, panel, k, x, x_stride, out, r); break;
#endif
    default: break;
  }
}

static void panel_f32(const float *panel, int width, int k, const float *x, size_t x_stride, int rows, const panel_output *out) {
  switch (width) {
    case 48: rows_f32(3 * QUARTER_VECTORS, panel, k, x, x_stride, rows, out); break;
    case 32: rows_f32(2 * QUARTER_VECTORS, panel, k, x, x_stride, rows, out); break;
    default: rows_f32(QUARTER_VECTORS, panel, k, x, x_stride, rows, out); break;
  }
}

// Two products of bfloat16 pairs in every lane. Without the instruction each product is exact and added in single precision.
INLINE vf add_pairs(vf sum, vu weights, uint32_t value) {
#if defined(HAS_BF16)
  return (vf)_mm512_dpbf16_ps((__m512)sum, (__m512bh)(__m512i)weights, (__m512bh)_mm512_set1_epi32((int)value));
#else
  union { uint32_t u; float f; } low = {value << 16}, high = {value & 0xFFFF0000u};
  sum = fma_((vf)(weights & 0xFFFF0000u), splat(high.f), sum);
  return fma_((vf)(weights << 16), splat(low.f), sum);
#endif
}

INLINE void tile_bf16(
  const int rows, const int vectors, const uint32_t *panel, int pairs, const uint32_t *x, size_t x_stride, const panel_output *out,
  int first_row
) {
  vf sums[F32_ROWS][PANEL_VECTORS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[r][v] = splat(0);
  const uint32_t *w = panel;
  for (int i = 0; i < pairs; i++, w += vectors * LANES) {
    vu weights[PANEL_VECTORS];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) weights[v] = *(const vu_any *)(w + v * LANES);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      uint32_t value = x[(size_t)r * x_stride + i];
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) sums[r][v] = add_pairs(sums[r][v], weights[v], value);
    }
  }
  // A copy, so that the sums themselves never need an address and stay in registers.
  vf result[F32_ROWS * PANEL_VECTORS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) result[r * vectors + v] = sums[r][v];
  finish(out, first_row, rows, vectors, result);
}

INLINE void rows_bf16(
  const int vectors, const uint32_t *panel, int pairs, const uint32_t *x, size_t x_stride, int rows, const panel_output *out
) {
  int r = 0;
  for (; r + F32_ROWS <= rows; r += F32_ROWS) tile_bf16(F32_ROWS, vectors, panel, pairs, x + (size_t)r * x_stride, x_stride, out, r);
  x += (size_t)r * x_stride;
  switch (rows - r) {
#if F32_ROWS > 2
    case 7: tile_bf16(7, vectors, panel, pairs, x, x_stride, out, r); break;
    case 6: tile_bf16(6, vectors, panel, pairs, x, x_stride, out, r); break;
    case 5: tile_bf16(5, vectors, panel, pairs, x, x_stride, out, r); break;
    case 4: tile_bf16(4, vectors, panel, pairs, x, x_stride, out, r); break;
    case 3: tile_bf16(3, vectors, panel, pairs, x, x_stride, out, r); break;
    case 2: tile_bf16(2, vectors, panel, pairs, x, x_stride, out, r); break;
#endif
#if F32_ROWS > 1
    case 1: tile_bf16(1, vectors, panel, pairs, x, x_stride, out, r); break;
#endif
    default: break;
  }
}

static void panel_bf16(
  const uint32_t *panel, int width, int pairs, const uint32_t *x, size_t x_stride, int rows, const panel_output *out
) {
  switch (width) {
    case 48: rows_bf16(3 * QUARTER_VECTORS, panel, pairs, x, x_stride, rows, out); break;
    case 32: rows_bf16(2 * QUARTER_VECTORS, panel, pairs, x, x_stride, rows, out); break;
    default: rows_bf16(QUARTER_VECTORS, panel, pairs, x, x_stride, rows, out); break;
  }
}

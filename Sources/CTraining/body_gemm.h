// The inner loops of a matrix product: operands in packed form, and a tile of MR rows and up to NV vectors of columns in registers.
// Included with LANES, MR and NV, and HAS_BF16 where the level multiplies pairs of bfloat16.
//
// A packed operand is made of units of 4 bytes: a float, or two bfloat16 that are neighbours along k. Packed columns (panels) have NR of
// them side by side for every unit, packed rows (tiles) MR.
typedef float lanes __attribute__((ext_vector_type(LANES)));
typedef lanes lanes_any __attribute__((aligned(4)));

enum { NR = LANES * NV };

INLINE uint32_t bits_of(float x) {
  union { float f; uint32_t u; } value = {x};
  return value.u;
}

// To the nearest bfloat16, ties to even, as the bits of a float; a NaN stays one.
INLINE uint32_t rounded(float x) {
  uint32_t bits = bits_of(x);
  uint32_t up = (bits + 0x7FFFu + (bits >> 16 & 1)) & 0xFFFF0000u;
  return (bits & 0x7FFFFFFFu) > 0x7F800000u ? bits | 0x00400000u : up;
}

INLINE uint32_t unit_of(int is_rounded, const float *x, size_t step, int left) {
#if defined(HAS_BF16)
  if (is_rounded) return rounded(x[0]) >> 16 | (left > 1 ? rounded(x[step]) & 0xFFFF0000u : 0);
#endif
  (void)step, (void)left;
  return is_rounded ? rounded(x[0]) & 0xFFFF0000u : bits_of(x[0]);
}

#if defined(HAS_BF16)
#define UNIT_VALUES(is_rounded) ((is_rounded) ? 2 : 1)
#else
#define UNIT_VALUES(is_rounded) 1
#endif

// Values of k that a unit holds when operands are rounded.
enum { PAIR = UNIT_VALUES(1) };

// LANES units of one row or column along k.
INLINE lanes units_along(int is_rounded, const float *x) {
#if defined(HAS_BF16)
  if (is_rounded) return (lanes)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + LANES), _mm512_loadu_ps(x));
#else
  if (is_rounded) {
    union { lanes v; uint32_t u[LANES]; } y;
    for (int i = 0; i < LANES; i++) y.u[i] = rounded(x[i]) & 0xFFFF0000u;
    return y.v;
  }
#endif
  return *(const lanes_any *)x;
}

// The unit at x of LANES neighbours across k; the next value along k is `step` further.
INLINE lanes units_across(int is_rounded, const float *x, size_t step) {
#if defined(HAS_BF16)
  if (is_rounded) {
    const __m512i order = _mm512_set_epi16(
      31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    return (lanes)_mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + step), _mm512_loadu_ps(x)));
  }
#endif
  (void)step;
  return units_along(is_rounded, x);
}

#if LANES == 16
#define FIRST_HALVES 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define LAST_HALVES 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif LANES == 8
#define FIRST_HALVES 0, 8, 1, 9, 2, 10, 3, 11
#define LAST_HALVES 4, 12, 5, 13, 6, 14, 7, 15
#else
#define FIRST_HALVES 0, 4, 1, 5
#define LAST_HALVES 2, 6, 3, 7
#endif

// A square of LANES × LANES units, rows for columns: log2(LANES) rounds that interleave the first half of the rows with the second.
INLINE void transpose(lanes *x) {
  lanes y[LANES];
#pragma clang loop unroll(full)
  for (int round = 1; round < LANES; round *= 2) {
#pragma clang loop unroll(full)
    for (int i = 0; i < LANES / 2; i++) {
      y[2 * i] = __builtin_shufflevector(x[i], x[i + LANES / 2], FIRST_HALVES);
      y[2 * i + 1] = __builtin_shufflevector(x[i], x[i + LANES / 2], LAST_HALVES);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < LANES; i++) x[i] = y[i];
  }
}
#undef FIRST_HALVES
#undef LAST_HALVES

// Some columns of b (k × n) as a panel, filled up with zeros.
INLINE void pack_across(const int is_rounded, const float *b, size_t stride, int k, int columns, uint32_t *panel) {
  const int values = UNIT_VALUES(is_rounded);
  for (int i = 0; i < k; i += values, b += (size_t)values * stride, panel += NR) {
    if (columns == NR && i + values <= k) {
#pragma clang loop unroll(full)
      for (int v = 0; v < NV; v++) *(lanes_any *)(panel + v * LANES) = units_across(is_rounded, b + v * LANES, stride);
      continue;
    }
    for (int c = 0; c < columns; c++) panel[c] = unit_of(is_rounded, b + c, stride, k - i);
    for (int c = columns; c < NR; c++) panel[c] = 0;
  }
}

// Some rows of b (n × k) as the columns of a panel.
INLINE void pack_along(const int is_rounded, const float *b, size_t stride, int k, int columns, uint32_t *panel) {
  const int values = UNIT_VALUES(is_rounded), square = values * LANES;
  int i = 0;
  for (; i + square <= k; i += square) {
    for (int first = 0; first < NR; first += LANES) {
      lanes x[LANES];
#pragma clang loop unroll(full)
      for (int c = 0; c < LANES; c++)
        x[c] = first + c < columns ? units_along(is_rounded, b + (size_t)(first + c) * stride + i) : (lanes)0;
      transpose(x);
      uint32_t *y = panel + (size_t)(i / values) * NR + first;
#pragma clang loop unroll(full)
      for (int u = 0; u < LANES; u++) *(lanes_any *)(y + (size_t)u * NR) = x[u];
    }
  }
  for (; i < k; i += values)
    for (int c = 0; c < NR; c++)
      panel[(size_t)(i / values) * NR + (size_t)c] = c < columns ? unit_of(is_rounded, b + (size_t)c * stride + i, 1, k - i) : 0;
}

static void gemm_pack_columns(int is_rounded, const float *b, size_t stride, int is_along, int k, int columns, uint32_t *panel) {
  if (is_rounded) {
    if (is_along) pack_along(1, b, stride, k, columns, panel);
    else pack_across(1, b, stride, k, columns, panel);
  } else {
    if (is_along) pack_along(0, b, stride, k, columns, panel);
    else pack_across(0, b, stride, k, columns, panel);
  }
}

// Rows of a transposed a (k × m) as tiles `tile_stride` units apart; missing rows are zero.
INLINE void pack_tiles(const int is_rounded, const float *a, size_t stride, int k, int rows, uint32_t *tiles, size_t tile_stride) {
  const int values = UNIT_VALUES(is_rounded);
  // All tiles of a line before the next line: neighbouring tiles share cache lines of a.
  for (int i = 0; i < k; i += values, a += (size_t)values * stride, tiles += MR) {
    int r = 0;
    for (; r + LANES <= rows && i + values <= k; r += LANES) {
      lanes x = units_across(is_rounded, a + r, stride);
#pragma clang loop unroll(full)
      for (int part = 0; part < LANES; part += MR)
        memcpy(tiles + (size_t)((r + part) / MR) * tile_stride, (const uint32_t *)&x + part, MR * sizeof(uint32_t));
    }
    for (; r < rows; r += MR) {
      uint32_t *tile = tiles + (size_t)(r / MR) * tile_stride;
      for (int c = 0; c < MR; c++) tile[c] = r + c < rows ? unit_of(is_rounded, a + r + c, stride, k - i) : 0;
    }
  }
}

static void gemm_pack_tiles(int is_rounded, const float *a, size_t stride, int k, int rows, uint32_t *tiles, size_t tile_stride) {
  if (is_rounded) pack_tiles(1, a, stride, k, rows, tiles, tile_stride);
  else pack_tiles(0, a, stride, k, rows, tiles, tile_stride);
}

// Rows of a as they lie, rounded to units.
static void gemm_round_rows(const float *a, size_t stride, int k, int rows, uint32_t *y, size_t y_stride) {
  for (int r = 0; r < rows; r++, a += stride, y += y_stride) {
    int i = 0;
    for (; i + PAIR * LANES <= k; i += PAIR * LANES) *(lanes_any *)(y + i / PAIR) = units_along(1, a + i);
    for (; i < k; i += PAIR) y[i / PAIR] = unit_of(1, a + i, 1, k - i);
  }
}

INLINE lanes multiply_add(const int is_pairs, uint32_t x, lanes w, lanes sum) {
#if defined(HAS_BF16)
  if (is_pairs) return (lanes)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_epi32((int)x), (__m512bh)w);
#endif
  union { uint32_t u; float f; } value = {x};
  return sum + (lanes)value.f * w;
}

// Rows of a beyond `rows` repeat the last one, and are not stored.
INLINE void tile(
  const int is_pairs, const int vectors, const uint32_t *a, size_t row_stride, size_t step, const uint32_t *b, int units, float *c,
  size_t c_stride, int rows, int columns, int accumulate
) {
  lanes sums[MR][NV];
  const uint32_t *row[MR];
#pragma clang loop unroll(full)
  for (int r = 0; r < MR; r++) {
    row[r] = a + (size_t)(r < rows ? r : rows - 1) * row_stride;
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[r][v] = (lanes)0;
  }
  size_t at = 0;
  for (int i = 0; i < units; i++, at += step, b += NR) {
    lanes w[NV];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) w[v] = *(const lanes_any *)(b + v * LANES);
#pragma clang loop unroll(full)
    for (int r = 0; r < MR; r++) {
      uint32_t x = row[r][at];
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) sums[r][v] = multiply_add(is_pairs, x, w[v], sums[r][v]);
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < MR; r++) {
    if (r >= rows) continue;
    float *y = c + (size_t)r * c_stride;
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      int left = columns - v * LANES;
      if (left >= LANES) {
        lanes_any *place = (lanes_any *)(y + v * LANES);
        *place = accumulate ? *place + sums[r][v] : sums[r][v];
      } else {
        float part[LANES];
        *(lanes_any *)part = sums[r][v];
        for (int i = 0; i < left; i++) y[v * LANES + i] = part[i] + (accumulate ? y[v * LANES + i] : 0);
      }
    }
  }
}

// Row tiles of one panel of columns. Packed: a has tiles `tile_stride` units apart; else its rows lie `row_stride` apart.
INLINE void panel_rows(
  const int is_pairs, int is_packed, const uint32_t *a, size_t row_stride, size_t tile_stride, const uint32_t *panel, int units, float *c,
  size_t c_stride, int rows, int columns, int accumulate
) {
  int vectors = (columns + LANES - 1) / LANES;
  for (int r = 0; r < rows; r += MR) {
    int count = rows - r < MR ? rows - r : MR;
    const uint32_t *first = is_packed ? a + (size_t)(r / MR) * tile_stride : a + (size_t)r * row_stride;
    float *y = c + (size_t)r * c_stride;
#define TILE(V) \
  if (is_packed) tile(is_pairs, V, first, 1, MR, panel, units, y, c_stride, count, columns, accumulate); \
  else tile(is_pairs, V, first, row_stride, 1, panel, units, y, c_stride, count, columns, accumulate)
    switch (vectors) {
#if NV > 2
      case 3: TILE(3); break;
#endif
      case 2: TILE(2); break;
      default: TILE(1); break;
    }
#undef TILE
  }
}

static void gemm_panel(
  int is_rounded, int is_packed, const uint32_t *a, size_t row_stride, size_t tile_stride, const uint32_t *panel, int units, float *c,
  size_t c_stride, int rows, int columns, int accumulate
) {
#if defined(HAS_BF16)
  if (is_rounded) {
    panel_rows(1, is_packed, a, row_stride, tile_stride, panel, units, c, c_stride, rows, columns, accumulate);
    return;
  }
#endif
  (void)is_rounded;
  panel_rows(0, is_packed, a, row_stride, tile_stride, panel, units, c, c_stride, rows, columns, accumulate);
}

// Adds a vector to every row.
static void gemm_add_bias(float *c, size_t c_stride, int rows, int columns, const float *bias) {
  for (int r = 0; r < rows; r++, c += c_stride)
    for (int i = 0; i < columns; i++) c[i] += bias[i];
}

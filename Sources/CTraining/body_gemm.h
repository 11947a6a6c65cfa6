// A tile of a matrix product: MR rows and up to NV vectors of columns in registers. Included with LANES, MR and NV.
typedef float lanes __attribute__((ext_vector_type(LANES)));
typedef lanes lanes_any __attribute__((aligned(4)));

enum { NR = LANES * NV };

// Rows of a beyond `rows` repeat the last one, and are not stored.
INLINE void tile(
  const int vectors, const float *a, size_t row_stride, size_t step, const float *b, int k, float *c, size_t c_stride, int rows,
  int columns, int accumulate
) {
  lanes sums[MR][NV];
  const float *row[MR];
#pragma clang loop unroll(full)
  for (int r = 0; r < MR; r++) {
    row[r] = a + (size_t)(r < rows ? r : rows - 1) * row_stride;
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[r][v] = (lanes)0;
  }
  size_t at = 0;
  for (int i = 0; i < k; i++, at += step, b += NR) {
    lanes w[NV];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) w[v] = *(const lanes_any *)(b + v * LANES);
#pragma clang loop unroll(full)
    for (int r = 0; r < MR; r++) {
      lanes x = (lanes)row[r][at];
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) sums[r][v] += x * w[v];
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

// Row tiles of one panel of columns. Packed: a has MR rows side by side for every k, and tiles `tile_stride` apart; else rows lie as
// they are.
static void gemm_panel(
  int is_packed, const float *a, size_t row_stride, size_t tile_stride, const float *panel, int k, float *c, size_t c_stride, int rows,
  int columns, int accumulate
) {
  int vectors = (columns + LANES - 1) / LANES;
  for (int r = 0; r < rows; r += MR) {
    int count = rows - r < MR ? rows - r : MR;
    const float *first = is_packed ? a + (size_t)(r / MR) * tile_stride : a + (size_t)r * row_stride;
    float *y = c + (size_t)r * c_stride;
#define TILE(V) \
  if (is_packed) tile(V, first, 1, MR, panel, k, y, c_stride, count, columns, accumulate); \
  else tile(V, first, row_stride, 1, panel, k, y, c_stride, count, columns, accumulate)
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

// Some columns of b (k × n, or n × k when transposed) as a panel of NR, filled with zeros.
static void gemm_pack_b(const float *b, size_t stride, int transposed, int k, int columns, float *panel) {
  if (!transposed) {
    for (int i = 0; i < k; i++, b += stride, panel += NR) {
      memcpy(panel, b, (size_t)columns * sizeof(float));
      for (int c = columns; c < NR; c++) panel[c] = 0;
    }
    return;
  }
  // A cache line of every row at a time.
  for (int first = 0; first < k; first += 16) {
    int last = first + 16 < k ? first + 16 : k;
    for (int i = first; i < last; i++) {
      float *line = panel + (size_t)i * NR;
      for (int c = 0; c < columns; c++) line[c] = b[(size_t)c * stride + (size_t)i];
      for (int c = columns; c < NR; c++) line[c] = 0;
    }
  }
}

// Some columns of a transposed a (k × m) as a packed tile of MR rows; missing ones repeat nothing and are zero.
static void gemm_pack_a(const float *a, size_t stride, int k, int rows, float *packed) {
  if (rows == MR) {
    for (int i = 0; i < k; i++, a += stride, packed += MR) memcpy(packed, a, MR * sizeof(float));
    return;
  }
  for (int i = 0; i < k; i++, a += stride, packed += MR)
    for (int r = 0; r < MR; r++) packed[r] = r < rows ? a[r] : 0;
}

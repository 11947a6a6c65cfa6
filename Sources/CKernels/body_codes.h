// Linear layers on quantised weights: integer sums within a group of CK_GROUP inputs, which the two scales turn into floats.
//
// A group of a panel lies as: `width` half-precision scales, for CK_U4M `width` minima, then the codes. CK_I8 has code + 128 of four
// inputs in a lane, eight times; the 4-bit formats have two such quads in a lane, the first in the low nibbles. Codes are unsigned and
// the inputs signed, as the dot-product instructions want it; the offset is taken back through the sum of the inputs (see round_codes).

#define CODE_VECTORS (CK_PANEL_CODES / LANES)

// Unrolling the quads pays where a quad is one instruction, and takes the compiler a minute elsewhere.
#if defined(HAS_VNNI)
#define QUADS_UNROLL _Pragma("clang loop unroll(full)")
#else
#define QUADS_UNROLL _Pragma("clang loop unroll(disable)")
#endif

INLINE vi add_quads(vi sum, vu weights, int32_t value) {
#if defined(HAS_VNNI)
  return (vi)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)weights, _mm512_set1_epi32(value));
#elif defined(HAS_AVX512)
  __m512i w = (__m512i)weights, x = _mm512_set1_epi32(value);
  __m512i even = _mm512_madd_epi16(_mm512_and_si512(w, _mm512_set1_epi16(255)), _mm512_srai_epi16(_mm512_slli_epi16(x, 8), 8));
  __m512i odd = _mm512_madd_epi16(_mm512_srli_epi16(w, 8), _mm512_srai_epi16(x, 8));
  return sum + (vi)even + (vi)odd;
#elif defined(HAS_AVX2)
  __m256i w = (__m256i)weights, x = _mm256_set1_epi32(value);
  __m256i even = _mm256_madd_epi16(_mm256_and_si256(w, _mm256_set1_epi16(255)), _mm256_srai_epi16(_mm256_slli_epi16(x, 8), 8));
  __m256i odd = _mm256_madd_epi16(_mm256_srli_epi16(w, 8), _mm256_srai_epi16(x, 8));
  return sum + (vi)even + (vi)odd;
#else
  sum += (vi)(weights & 255u) * (int32_t)(int8_t)value;
  sum += (vi)(weights >> 8 & 255u) * (int32_t)(int8_t)(value >> 8);
  sum += (vi)(weights >> 16 & 255u) * (int32_t)(int8_t)(value >> 16);
  return sum + (vi)(weights >> 24) * (int32_t)(int8_t)(value >> 24);
#endif
}

INLINE int32_t four(const int8_t *x) {
  int32_t value;
  memcpy(&value, x, 4);
  return value;
}

// Memory of the next panel, asked for while this one is multiplied: several rows are enough work to hide the way there.
typedef struct { const char *next; int lines; } lookahead;

INLINE void look(lookahead *ahead, const int rows) {
  if (rows < 4) return;
  for (int i = 0; i < ahead->lines; i++, ahead->next += 64) __builtin_prefetch(ahead->next, 0, 2);
}

INLINE void tile_codes(
  const int format, const int rows, const int vectors, const uint8_t *panel, int groups, const int8_t *x, const float *x_scale,
  const int32_t *x_sum, const panel_output *out, int first_row, lookahead ahead
) {
  const int width = vectors * LANES;
  vf sums[CODE_ROWS][CODE_VECTORS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sums[r][v] = splat(0);
  for (int g = 0; g < groups; g++) {
    look(&ahead, rows);
    const uint16_t *scales = (const uint16_t *)panel;
    const uint8_t *codes = panel + width * (format == CK_U4M ? 4 : 2);
    vi whole[CODE_ROWS][CODE_VECTORS];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) whole[r][v] = (vi)(format == CK_U4M ? 0 : x_sum[(size_t)r * groups + g]);
    if (format == CK_I8) {
      QUADS_UNROLL
      for (int q = 0; q < CK_GROUP / 4; q++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
          vu weights = *(const vu_any *)(codes + (q * width + v * LANES) * 4);
#pragma clang loop unroll(full)
          for (int r = 0; r < rows; r++)
            whole[r][v] = add_quads(whole[r][v], weights, four(x + ((size_t)r * groups + g) * CK_GROUP + q * 4));
        }
      }
      panel = codes + width * CK_GROUP;
    } else {
      QUADS_UNROLL
      for (int q = 0; q < CK_GROUP / 8; q++) {
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
          vu both = *(const vu_any *)(codes + (q * width + v * LANES) * 4);
          vu low = both & 0x0F0F0F0Fu, high = both >> 4 & 0x0F0F0F0Fu;
#pragma clang loop unroll(full)
          for (int r = 0; r < rows; r++) {
            const int8_t *quads = x + ((size_t)r * groups + g) * CK_GROUP + q * 8;
            whole[r][v] = add_quads(add_quads(whole[r][v], low, four(quads)), high, four(quads + 4));
          }
        }
      }
      panel = codes + width * (CK_GROUP / 2);
    }
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      vf scale = load_half(scales + v * LANES);
#pragma clang loop unroll(full)
      for (int r = 0; r < rows; r++) {
        vf factor = scale * splat(x_scale[(size_t)r * groups + g]);
        sums[r][v] = fma_(__builtin_convertvector(whole[r][v], vf), factor, sums[r][v]);
      }
      if (format == CK_U4M) {
        vf minimum = load_half(scales + width + v * LANES);
#pragma clang loop unroll(full)
        for (int r = 0; r < rows; r++) {
          size_t at = (size_t)r * groups + g;
          sums[r][v] = fma_(minimum, splat(x_scale[at] * (float)x_sum[at]), sums[r][v]);
        }
      }
    }
  }
  // A copy, so that the sums themselves never need an address and stay in registers.
  vf result[CODE_ROWS * CODE_VECTORS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) result[r * vectors + v] = sums[r][v];
  finish(out, first_row, rows, vectors, result);
}

INLINE void rows_codes(
  const int format, const int vectors, const uint8_t *panel, int groups, const int8_t *x, const float *x_scale, const int32_t *x_sum,
  int rows, const panel_output *out
) {
  // Even shares: eight rows are twice four, not six and two.
  int passes = (rows + CODE_ROWS - 1) / CODE_ROWS;
  int group_bytes = vectors * LANES * (format == CK_I8 ? CK_GROUP + 2 : format == CK_U4 ? CK_GROUP / 2 + 2 : CK_GROUP / 2 + 4);
  int lines = (group_bytes + 64 * passes - 1) / (64 * passes);
  for (int pass = 0, r = 0; pass < passes; pass++) {
    int count = (rows - r + passes - pass - 1) / (passes - pass);
    lookahead ahead = {(const char *)panel + (size_t)groups * (size_t)(group_bytes + pass * lines * 64), lines};
#define TILE(count) \
  tile_codes(format, count, vectors, panel, groups, x + (size_t)r * groups * CK_GROUP, x_scale + (size_t)r * groups, \
             x_sum + (size_t)r * groups, out, r, ahead)
    switch (count) {
#if CODE_ROWS > 2
      case 6: TILE(6); break;
      case 5: TILE(5); break;
      case 4: TILE(4); break;
      case 3: TILE(3); break;
      case 2: TILE(2); break;
#endif
      default: TILE(1); break;
    }
#undef TILE
    r += count;
  }
}

static void panel_codes(
  int format, const uint8_t *panel, int width, int groups, const int8_t *x, const float *x_scale, const int32_t *x_sum, int rows,
  const panel_output *out
) {
#define ROWS(format) \
  if (width == CK_PANEL_CODES) rows_codes(format, 2 * QUARTER_VECTORS, panel, groups, x, x_scale, x_sum, rows, out); \
  else rows_codes(format, QUARTER_VECTORS, panel, groups, x, x_scale, x_sum, rows, out)
  switch (format) {
    case CK_I8: ROWS(CK_I8); break;
    case CK_U4: ROWS(CK_U4); break;
    default: ROWS(CK_U4M); break;
  }
#undef ROWS
}

// Packing weights into panels.
//
// CK_F32 and CK_BF16 have panels of CK_PANEL outputs, the quantised formats of CK_PANEL_CODES; the last panel of a matrix is as narrow as
// a multiple of 16 allows, and filled with zeros. body_linear.h and body_codes.h say how a panel lies.
#include <math.h>
#include <string.h>

#include "matrix.h"

enum { QUARTER = 16 };

int panel_width(int format) { return format <= CK_BF16 ? CK_PANEL : CK_PANEL_CODES; }

static size_t column_bytes(int format, int k) {
  size_t groups = (size_t)k / CK_GROUP;
  switch (format) {
    case CK_F32: return (size_t)k * 4;
    case CK_BF16: return (size_t)(k + 1) / 2 * 4;
    case CK_I8: return groups * (2 + CK_GROUP);
    case CK_U4: return groups * (2 + CK_GROUP / 2);
    default: return groups * (4 + CK_GROUP / 2);
  }
}

size_t ck_matrix_bytes(int format, int n, int k) { return column_bytes(format, k) * (size_t)((n + QUARTER - 1) / QUARTER * QUARTER); }

panel_place place_panel(const ck_matrix *matrix, int panel) {
  int width = panel_width(matrix->format), first = panel * width;
  int padded = (matrix->n + QUARTER - 1) / QUARTER * QUARTER;
  panel_place place;
  place.data = (char *)matrix->data + column_bytes(matrix->format, matrix->k) * (size_t)first;
  place.first = first;
  place.width = padded - first < width ? padded - first : width;
  place.columns = matrix->n - first < place.width ? matrix->n - first : place.width;
  return place;
}

static uint16_t to_bf16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  if (x != x) return 0x7FC0;
  return (uint16_t)((bits + 0x7FFFu + (bits >> 16 & 1)) >> 16);
}

static uint16_t half(float x) {
  uint16_t bits;
  ck_to_half(&x, 1, &bits);
  return bits;
}

static float whole(uint16_t bits) {
  float x;
  ck_from_half(&bits, 1, &x);
  return x;
}

// Where a group of a panel keeps the scale, minimum and codes of a column.
typedef struct { uint16_t *scale, *minimum; uint8_t *codes; int width; } group_place;

static group_place place_group(const ck_matrix *matrix, panel_place panel, int group, int column) {
  char *start = panel.data + column_bytes(matrix->format, CK_GROUP) * (size_t)panel.width * (size_t)group;
  group_place place = {(uint16_t *)start + column, (uint16_t *)start + panel.width + column, NULL, panel.width};
  place.codes = (uint8_t *)start + (size_t)panel.width * (matrix->format == CK_U4M ? 4 : 2) + column * 4;
  return place;
}

static void put_code(int format, group_place place, int input, uint8_t code) {
  if (format == CK_I8) {
    place.codes[input / 4 * place.width * 4 + input % 4] = code;
  } else {
    uint8_t *byte = place.codes + input / 8 * place.width * 4 + input % 4;
    *byte = input % 8 < 4 ? (uint8_t)((*byte & 0xF0) | code) : (uint8_t)((*byte & 0x0F) | code << 4);
  }
}

static uint8_t get_code(int format, group_place place, int input) {
  if (format == CK_I8) return place.codes[input / 4 * place.width * 4 + input % 4];
  uint8_t byte = place.codes[input / 8 * place.width * 4 + input % 4];
  return input % 8 < 4 ? byte & 15 : byte >> 4;
}

// Rounds one group of one output.
static void round_group(int format, group_place place, const float *values) {
  float lowest = values[0], highest = values[0], extreme = values[0];
  for (int i = 1; i < CK_GROUP; i++) {
    if (values[i] < lowest) lowest = values[i];
    if (values[i] > highest) highest = values[i];
    if (fabsf(values[i]) > fabsf(extreme)) extreme = values[i];
  }
  float offset = 0, scale;
  if (format == CK_I8) {
    scale = fabsf(extreme) / 127;
  } else if (format == CK_U4) {
    // The extreme value, with its sign, becomes code 0: it is met exactly.
    scale = extreme / -8;
  } else {
    offset = whole(half(lowest));
    scale = (highest - offset) / 15;
    *place.minimum = half(lowest);
  }
  *place.scale = half(scale);
  // Codes are chosen for the scale as it was rounded, so that its rounding costs nothing.
  scale = whole(*place.scale);
  float inverse = scale != 0 ? 1 / scale : 0;
  int centre = format == CK_I8 ? 128 : format == CK_U4 ? 8 : 0;
  int least = format == CK_I8 ? 1 : 0, most = format == CK_I8 ? 255 : 15;
  for (int i = 0; i < CK_GROUP; i++) {
    int code = (int)lrintf((values[i] - offset) * inverse) + centre;
    put_code(format, place, i, (uint8_t)(code < least ? least : code > most ? most : code));
  }
}

typedef struct {
  const ck_matrix *matrix;
  int first, count;
  const float *source;
  size_t output_stride, input_stride;
  const uint8_t *blocks;
} packing;

static void pack_column(const packing *job, int output) {
  const ck_matrix *matrix = job->matrix;
  panel_place panel = place_panel(matrix, output / panel_width(matrix->format));
  int column = output - panel.first;
  const float *source = job->source + (size_t)(output - job->first) * job->output_stride;
  if (matrix->format == CK_F32) {
    float *data = (float *)panel.data + column;
    for (int i = 0; i < matrix->k; i++) data[(size_t)i * panel.width] = source[(size_t)i * job->input_stride];
  } else if (matrix->format == CK_BF16) {
    uint16_t *data = (uint16_t *)panel.data;
    for (int i = 0; i < matrix->k; i++)
      data[((size_t)(i / 2) * panel.width + column) * 2 + i % 2] = to_bf16(source[(size_t)i * job->input_stride]);
  } else {
    for (int g = 0; g < matrix->k / CK_GROUP; g++) {
      float values[CK_GROUP];
      for (int i = 0; i < CK_GROUP; i++) values[i] = source[(size_t)(g * CK_GROUP + i) * job->input_stride];
      round_group(matrix->format, place_group(matrix, panel, g, column), values);
    }
  }
}

static void pack_panel(void *context, int task) {
  const packing *job = context;
  int width = panel_width(job->matrix->format);
  int start = (job->first / width + task) * width;
  for (int output = start; output < start + width; output++)
    if (output >= job->first && output < job->first + job->count) pack_column(job, output);
}

void ck_pack(const ck_matrix *matrix, int first, int count, const float *source, size_t output_stride, size_t input_stride) {
  if (count <= 0) return;
  packing job = {matrix, first, count, source, output_stride, input_stride, NULL};
  int width = panel_width(matrix->format);
  ck_parallel((first + count - 1) / width - first / width + 1, pack_panel, &job);
}

static void pack_blocks_panel(void *context, int task) {
  const packing *job = context;
  const ck_matrix *matrix = job->matrix;
  int format = matrix->format, width = panel_width(format), groups = matrix->k / CK_GROUP;
  size_t block_bytes = format == CK_I8 ? 34 : format == CK_U4 ? 18 : 20;
  int start = (job->first / width + task) * width;
  for (int output = start; output < start + width; output++) {
    if (output < job->first || output >= job->first + job->count) continue;
    panel_place panel = place_panel(matrix, output / width);
    const uint8_t *block = job->blocks + (size_t)(output - job->first) * groups * block_bytes;
    for (int g = 0; g < groups; g++, block += block_bytes) {
      group_place place = place_group(matrix, panel, g, output - panel.first);
      memcpy(place.scale, block, 2);
      if (format == CK_U4M) memcpy(place.minimum, block + 2, 2);
      const uint8_t *codes = block + (format == CK_U4M ? 4 : 2);
      for (int i = 0; i < CK_GROUP; i++) {
        uint8_t code = format == CK_I8 ? (uint8_t)(codes[i] ^ 0x80) : i < 16 ? codes[i] & 15 : codes[i - 16] >> 4;
        put_code(format, place, i, code);
      }
    }
  }
}

void ck_pack_blocks(const ck_matrix *matrix, int first, int count, const void *source) {
  if (count <= 0) return;
  packing job = {matrix, first, count, NULL, 0, 0, source};
  int width = panel_width(matrix->format);
  ck_parallel((first + count - 1) / width - first / width + 1, pack_blocks_panel, &job);
}

void ck_unpack(const ck_matrix *matrix, int output, float *destination) {
  panel_place panel = place_panel(matrix, output / panel_width(matrix->format));
  int column = output - panel.first;
  if (matrix->format == CK_F32) {
    const float *data = (const float *)panel.data + column;
    for (int i = 0; i < matrix->k; i++) destination[i] = data[(size_t)i * panel.width];
  } else if (matrix->format == CK_BF16) {
    const uint16_t *data = (const uint16_t *)panel.data;
    for (int i = 0; i < matrix->k; i++) {
      uint32_t bits = (uint32_t)data[((size_t)(i / 2) * panel.width + column) * 2 + i % 2] << 16;
      memcpy(destination + i, &bits, 4);
    }
  } else {
    int centre = matrix->format == CK_I8 ? 128 : matrix->format == CK_U4 ? 8 : 0;
    for (int g = 0; g < matrix->k / CK_GROUP; g++) {
      group_place place = place_group(matrix, panel, g, column);
      float scale = whole(*place.scale), minimum = matrix->format == CK_U4M ? whole(*place.minimum) : 0;
      for (int i = 0; i < CK_GROUP; i++)
        destination[g * CK_GROUP + i] = scale * (float)(get_code(matrix->format, place, i) - centre) + minimum;
    }
  }
}

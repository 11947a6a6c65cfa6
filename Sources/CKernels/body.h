// The inner loops, written once with vectors of LANES floats; each level of instructions includes this file with its own LANES.
//
// Included with: LANES, TABLE (the name of the table), F32_ROWS and CODE_ROWS (rows of x that a tile holds in registers), and HAS_FMA,
// HAS_AVX2, HAS_AVX512, HAS_VNNI, HAS_BF16 where they are there.
#include <math.h>
#include <string.h>

#include "kernels.h"
#include "vector.h"
#include "body_rows.h"
#include "body_linear.h"
#include "body_codes.h"
#include "body_attention.h"

const kernel_table TABLE = {
  .panel_f32 = panel_f32,
  .panel_bf16 = panel_bf16,
  .panel_codes = panel_codes,
  .round_bf16 = round_bf16,
  .round_codes = round_codes,
  .layer_norm = layer_norm,
  .rms_norm = rms_norm,
  .gate = gate,
  .softmax = softmax,
  .log_sum_exp = log_sum_exp,
  .scores_f32 = scores_f32,
  .scores_f16 = scores_f16,
  .mix_f32 = mix_f32,
  .mix_f16 = mix_f16,
  .to_half = to_half,
  .from_half = from_half,
};

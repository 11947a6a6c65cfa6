// The loops, written plainly; each level of instructions includes this file and the compiler makes vectors of its own width.
// Included with TABLE, the name of the table, and LANES, MR and NV, the tile of a matrix product.
//
// Sums may be taken in any order that the compiler finds faster: the order is fixed when the code is made, so the bits are too.
#include <math.h>
#include <string.h>

#include "loops.h"

#pragma clang fp contract(fast) reassociate(on)

#define INLINE static inline __attribute__((always_inline))

#include "body_math.h"
#include "body_rows.h"
#include "body_random.h"
#include "body_optimizers.h"
#include "body_gemm.h"

const loop_table TABLE = {
  .combine = combine,
  .add_scaled = add_scaled,
  .scale = scale,
  .sum_columns = sum_columns,
  .sum = sum,
  .sum_of_squares = sum_of_squares,
  .activate = activate,
  .activate_back = activate_back,
  .gate = gate,
  .gate_back = gate_back,
  .norm = norm,
  .norm_back = norm_back,
  .norm_back_columns = norm_back_columns,
  .softmax = softmax,
  .log_sum_exp = log_sum_exp,
  .exponentials = exponentials,
  .affine = affine,
  .dot = dot,
  .score_gradients = score_gradients,
  .softmax_gradient = softmax_gradient,
  .rotate = rotate,
  .words = words,
  .dropout = dropout,
  .adam = adam,
  .sgd = sgd,
  .gemm_rows = MR,
  .gemm_columns = NR,
  .gemm_pair = PAIR,
  .gemm_panel = gemm_panel,
  .gemm_pack_columns = gemm_pack_columns,
  .gemm_pack_tiles = gemm_pack_tiles,
  .gemm_round_rows = gemm_round_rows,
  .gemm_add_bias = gemm_add_bias,
};

// Matrix products of training. CKernels has one for inference, whose weights are packed once: here both operands change at every step.
//
// Work is shared out along the longer side of C. The operand of the shorter side is packed whole, first; the other one is packed by the
// task that needs it, block by block along k, while it is in the cache. Rows of a that lie along k need no packing at all in fp32.
#include "CKernels.h"
#include "loops.h"

enum {
  DEPTH = 384,       // units of k in a block: a panel of them stays in the second cache
  TASKS = 24,        // enough that a thread that the system holds up delays the others little
  LEAST_ROWS = 32,   // of a task: a panel is read once for them
  MOST_ROWS = 256,
  PACKING_ROWS = 64, // of a task that packs
  LONGEST = 8192     // values of k at a time: what all tasks read stays in the last cache
};

typedef struct {
  const ct_product *p;
  const loop_table *loops;
  int units, values;   // of k; values of k in a unit
  int rows, columns;   // of a task
  int row_tasks;
  int by_rows;         // whether tasks are blocks of rows, so that b is packed first
  int packs_rows;      // whether a is used in packed or rounded form
  size_t stride;       // of rounded rows, in units
  uint32_t *shared;    // the operand that is packed first
} job;

static int least(int a, int b) { return a < b ? a : b; }
static int up(int x, int step) { return (x + step - 1) / step * step; }
static int shares(int x, int step) { return (x + step - 1) / step; }

static const float *rows_of(const ct_product *p, int row, int k) {
  return p->transpose_a ? p->a + (size_t)k * p->a_stride + row : p->a + (size_t)row * p->a_stride + k;
}

static void pack_rows(const job *j, int row, int rows, int first, int k, uint32_t *y, size_t tile_stride, size_t row_stride) {
  const ct_product *p = j->p;
  if (p->transpose_a) j->loops->gemm_pack_tiles(p->precision, rows_of(p, row, first), p->a_stride, k, rows, y, tile_stride);
  else j->loops->gemm_round_rows(rows_of(p, row, first), p->a_stride, k, rows, y, row_stride);
}

static void pack_panel(const job *j, int column, int first, int k, uint32_t *y) {
  const ct_product *p = j->p;
  const float *b = p->transpose_b ? p->b + (size_t)column * p->b_stride + first : p->b + (size_t)first * p->b_stride + column;
  j->loops->gemm_pack_columns(
    p->precision, b, p->b_stride, p->transpose_b, k, least(p->n - column, j->loops->gemm_columns), y);
}

static void pack_shared_rows(void *context, int task) {
  const job *j = context;
  int row = task * PACKING_ROWS, rows = least(j->p->m - row, PACKING_ROWS);
  pack_rows(
    j, row, rows, 0, j->p->k, j->shared + (size_t)row * (j->p->transpose_a ? (size_t)j->units : j->stride),
    (size_t)j->units * (size_t)j->loops->gemm_rows, j->stride);
}

static void pack_shared_panel(void *context, int task) {
  const job *j = context;
  int column = task * j->loops->gemm_columns;
  pack_panel(j, column, 0, j->p->k, j->shared + (size_t)column * (size_t)j->units);
}

// One block of rows and columns of C, over a block of k.
static void multiply_block(
  const job *j, const uint32_t *a, size_t row_stride, size_t tile_stride, const uint32_t *panel, int units, int row, int rows, int column,
  int unit
) {
  const ct_product *p = j->p;
  int columns = least(p->n - column, j->loops->gemm_columns);
  float *c = p->c + (size_t)row * p->c_stride + column;
  j->loops->gemm_panel(
    p->precision, p->transpose_a, a, row_stride, tile_stride, panel, units, c, p->c_stride, rows, columns, p->accumulate || unit > 0);
  if (p->bias && unit + units == j->units) j->loops->gemm_add_bias(c, p->c_stride, rows, columns, p->bias + column);
}

static void multiply_rows(void *context, int task) {
  const job *j = context;
  const ct_product *p = j->p;
  int width = j->loops->gemm_columns, row = task * j->rows, rows = least(p->m - row, j->rows);
  for (int unit = 0; unit < j->units; unit += DEPTH) {
    int units = least(j->units - unit, DEPTH), first = unit * j->values, k = least(p->k - first, units * j->values);
    const uint32_t *a = (const uint32_t *)rows_of(p, row, first);
    size_t row_stride = p->a_stride, tile_stride = (size_t)units * (size_t)j->loops->gemm_rows;
    if (j->packs_rows) {
      uint32_t *packed = ct_scratch(CT_PANEL, (size_t)up(j->rows, j->loops->gemm_rows) * DEPTH * sizeof(uint32_t));
      row_stride = (size_t)units;
      pack_rows(j, row, rows, first, k, packed, tile_stride, row_stride);
      a = packed;
    }
    for (int column = 0; column < p->n; column += width)
      multiply_block(
        j, a, row_stride, tile_stride, j->shared + (size_t)column * (size_t)j->units + (size_t)unit * (size_t)width, units, row, rows,
        column, unit);
  }
}

static void multiply_columns(void *context, int task) {
  const job *j = context;
  const ct_product *p = j->p;
  int height = j->loops->gemm_rows, column = task / j->row_tasks * j->loops->gemm_columns, row = task % j->row_tasks * j->rows;
  int rows = least(p->m - row, j->rows);
  uint32_t *panel = ct_scratch(CT_PANEL, (size_t)DEPTH * (size_t)j->loops->gemm_columns * sizeof(uint32_t));
  for (int unit = 0; unit < j->units; unit += DEPTH) {
    int units = least(j->units - unit, DEPTH), first = unit * j->values, k = least(p->k - first, units * j->values);
    pack_panel(j, column, first, k, panel);
    const uint32_t *a = (const uint32_t *)rows_of(p, row, first);
    size_t row_stride = p->a_stride;
    if (j->packs_rows) {
      row_stride = j->stride;
      a = p->transpose_a ? j->shared + (size_t)row * (size_t)j->units + (size_t)unit * (size_t)height
                         : j->shared + (size_t)row * j->stride + (size_t)unit;
    }
    multiply_block(j, a, row_stride, (size_t)j->units * (size_t)height, panel, units, row, rows, column, unit);
  }
}

static void clear(const ct_product *p) {
  for (int r = 0; r < p->m; r++)
    for (int i = 0; i < p->n; i++) p->c[(size_t)r * p->c_stride + (size_t)i] = p->bias ? p->bias[i] : 0;
}

// A product whose operands are no longer than LONGEST along k.
static void multiply(const ct_product *p) {
  const loop_table *loops = ct_loops();
  int values = p->precision == CT_BF16 ? loops->gemm_pair : 1, height = loops->gemm_rows, width = loops->gemm_columns;
  job j = {.p = p, .loops = loops, .units = shares(p->k, values), .values = values, .by_rows = p->m > p->n,
           .packs_rows = p->transpose_a || p->precision == CT_BF16};
  // Rounded rows a page apart would share the few places of one set of the cache.
  j.stride = (size_t)up(j.units, 16) + (up(j.units, 16) % 1024 == 0 ? 16 : 0);
  int panels = shares(p->n, width);
  if (j.by_rows) {
    j.rows = up(shares(p->m, TASKS), height);
    j.rows = j.rows < LEAST_ROWS ? LEAST_ROWS : least(j.rows, MOST_ROWS);
    j.shared = ct_scratch(CT_TILES, (size_t)panels * (size_t)width * (size_t)j.units * sizeof(uint32_t));
    ck_parallel(panels, pack_shared_panel, &j);
    ck_parallel(shares(p->m, j.rows), multiply_rows, &j);
    return;
  }
  j.rows = up(shares(p->m, shares(TASKS, panels)), height);
  j.rows = j.rows < 2 * LEAST_ROWS ? 2 * LEAST_ROWS : j.rows;
  j.row_tasks = shares(p->m, j.rows);
  if (j.packs_rows) {
    size_t stride = p->transpose_a ? (size_t)j.units : j.stride;
    j.shared = ct_scratch(CT_TILES, (size_t)up(p->m, height) * stride * sizeof(uint32_t));
    ck_parallel(shares(p->m, PACKING_ROWS), pack_shared_rows, &j);
  }
  ck_parallel(panels * j.row_tasks, multiply_columns, &j);
}

void ct_multiply(const ct_product *product) {
  ct_product p = *product;
  if (p.m <= 0 || p.n <= 0) return;
  if (p.k <= 0) {
    if (!p.accumulate) clear(&p);
    return;
  }
  // Equal parts, of whole blocks.
  int parts = shares(p.k, LONGEST), part = up(shares(p.k, parts), 2 * DEPTH);
  for (int first = 0; first < product->k; first += part) {
    p.a = rows_of(product, 0, first);
    p.b = product->transpose_b ? product->b + first : product->b + (size_t)first * product->b_stride;
    p.k = least(product->k - first, part);
    p.accumulate = product->accumulate || first > 0;
    p.bias = first + part < product->k ? NULL : product->bias;
    multiply(&p);
  }
}

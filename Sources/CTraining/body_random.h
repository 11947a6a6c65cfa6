// Philox4x32-10: a block of four words is a function of its number and the key alone, so any part can be drawn by any thread.
enum { BLOCKS = 16 };

// Word w of block i goes to words[w * BLOCKS + i].
INLINE void philox(uint64_t seed, uint64_t first_block, uint32_t *words) {
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int i = 0; i < BLOCKS; i++) {
    uint64_t block = first_block + (uint64_t)i;
    words[i] = (uint32_t)block;
    words[BLOCKS + i] = (uint32_t)(block >> 32);
    words[2 * BLOCKS + i] = 0;
    words[3 * BLOCKS + i] = 0;
  }
  for (int round = 0; round < 10; round++) {
    for (int i = 0; i < BLOCKS; i++) {
      uint64_t a = (uint64_t)0xD2511F53u * words[i], b = (uint64_t)0xCD9E8D57u * words[2 * BLOCKS + i];
      uint32_t c1 = words[BLOCKS + i], c3 = words[3 * BLOCKS + i];
      words[i] = (uint32_t)(b >> 32) ^ c1 ^ k0;
      words[BLOCKS + i] = (uint32_t)b;
      words[2 * BLOCKS + i] = (uint32_t)(a >> 32) ^ c3 ^ k1;
      words[3 * BLOCKS + i] = (uint32_t)a;
    }
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

static void words(uint64_t seed, uint64_t first_block, size_t blocks, uint32_t *y) {
  uint32_t drawn[4 * BLOCKS];
  for (size_t b = 0; b < blocks; b += BLOCKS) {
    philox(seed, first_block + b, drawn);
    size_t count = blocks - b < BLOCKS ? blocks - b : BLOCKS;
    for (size_t i = 0; i < count; i++)
      for (int w = 0; w < 4; w++) y[(b + i) * 4 + (size_t)w] = drawn[w * BLOCKS + (int)i];
  }
}

// Within a run of 64 elements, element i takes word i / 16 of block i % 16: which word is whose does not matter, only that it is fixed.
static void dropout(uint64_t seed, uint64_t first_block, float p, const float *x, size_t count, float *y) {
  // A word is below the threshold with probability p (to one part in 2³²).
  uint32_t threshold = (uint32_t)((double)p * 4294967296.0);
  float factor = 1 / (1 - p);
  uint32_t drawn[4 * BLOCKS];
  size_t i = 0;
  for (; i + 4 * BLOCKS <= count; i += 4 * BLOCKS, first_block += BLOCKS) {
    philox(seed, first_block, drawn);
    for (size_t j = 0; j < 4 * BLOCKS; j++) y[i + j] = drawn[j] < threshold ? 0 : x[i + j] * factor;
  }
  if (i < count) {
    philox(seed, first_block, drawn);
    for (size_t j = 0; i + j < count; j++) y[i + j] = drawn[j] < threshold ? 0 : x[i + j] * factor;
  }
}

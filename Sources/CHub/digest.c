// SHA-1 and SHA-256 as FIPS 180-4 describes them, sections 6.1 and 6.2.
#include "CHub.h"
#include <string.h>

static inline uint32_t left(uint32_t x, int n) { return x << n | x >> (32 - n); }
static inline uint32_t right(uint32_t x, int n) { return x >> n | x << (32 - n); }
static inline uint32_t word(const uint8_t *b) { return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3]; }

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
static const uint32_t constants[64] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
  0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
  0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
  0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
  0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
  0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static void add_sha256(uint32_t *state, const uint8_t *block) {
  uint32_t w[64];
  for (int t = 0; t < 16; t++) w[t] = word(block + 4 * t);
  for (int t = 16; t < 64; t++) {
    uint32_t s0 = right(w[t - 15], 7) ^ right(w[t - 15], 18) ^ w[t - 15] >> 3;
    uint32_t s1 = right(w[t - 2], 17) ^ right(w[t - 2], 19) ^ w[t - 2] >> 10;
    w[t] = s1 + w[t - 7] + s0 + w[t - 16];
  }
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
  for (int t = 0; t < 64; t++) {
    uint32_t t1 = h + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + ((e & f) ^ (~e & g)) + constants[t] + w[t];
    uint32_t t2 = (right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g; g = f; f = e; e = d + t1; d = c; c = b; b = a; a = t1 + t2;
  }
  uint32_t sums[8] = {a, b, c, d, e, f, g, h};
  for (int i = 0; i < 8; i++) state[i] += sums[i];
}

static void add_sha1(uint32_t *state, const uint8_t *block) {
  uint32_t w[80];
  for (int t = 0; t < 16; t++) w[t] = word(block + 4 * t);
  for (int t = 16; t < 80; t++) w[t] = left(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
  uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
  for (int t = 0; t < 80; t++) {
    uint32_t f = t < 20 ? (b & c) ^ (~b & d) : t < 40 || t >= 60 ? b ^ c ^ d : (b & c) ^ (b & d) ^ (c & d);
    uint32_t k = t < 20 ? 0x5a827999 : t < 40 ? 0x6ed9eba1 : t < 60 ? 0x8f1bbcdc : 0xca62c1d6;
    uint32_t sum = left(a, 5) + f + e + k + w[t];
    e = d; d = c; c = left(b, 30); b = a; a = sum;
  }
  uint32_t sums[5] = {a, b, c, d, e};
  for (int i = 0; i < 5; i++) state[i] += sums[i];
}

void ch_digest_begin(struct ch_digest *digest, bool is_sha256) {
  static const uint32_t sha256[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  static const uint32_t sha1[8] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  memcpy(digest->state, is_sha256 ? sha256 : sha1, sizeof digest->state);
  digest->count = 0;
  digest->is_sha256 = is_sha256;
}

void ch_digest_add(struct ch_digest *digest, const void *bytes, size_t count) {
  const uint8_t *next = bytes;
  while (count > 0) {
    size_t used = digest->count % 64;
    if (used == 0 && count >= 64) {
      (digest->is_sha256 ? add_sha256 : add_sha1)(digest->state, next);
      digest->count += 64, next += 64, count -= 64;
      continue;
    }
    size_t part = 64 - used < count ? 64 - used : count;
    memcpy(digest->block + used, next, part);
    digest->count += part, next += part, count -= part;
    if (digest->count % 64 == 0) (digest->is_sha256 ? add_sha256 : add_sha1)(digest->state, digest->block);
  }
}

void ch_digest_end(struct ch_digest *digest, char *hexadecimal) {
  uint64_t bits = digest->count * 8;
  uint8_t length[8], one = 0x80, zero = 0;
  for (int i = 0; i < 8; i++) length[i] = (uint8_t)(bits >> (56 - 8 * i));
  ch_digest_add(digest, &one, 1);
  while (digest->count % 64 != 56) ch_digest_add(digest, &zero, 1);
  ch_digest_add(digest, length, 8);
  int words = digest->is_sha256 ? 8 : 5;
  for (int i = 0; i < 8 * words; i++) hexadecimal[i] = "0123456789abcdef"[digest->state[i / 8] >> (28 - i % 8 * 4) & 15];
  hexadecimal[8 * words] = 0;
}

// What a download needs beside a client: digests, and a thread to work on.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// --- digest.c: SHA-1 and SHA-256 (FIPS 180-4)

struct ch_digest {
  uint32_t state[8];
  uint64_t count;
  uint8_t block[64];
  bool is_sha256;
};
void ch_digest_begin(struct ch_digest *digest, bool is_sha256);
void ch_digest_add(struct ch_digest *digest, const void *bytes, size_t count);
// Writes 40 or 64 hexadecimal digits and a zero.
void ch_digest_end(struct ch_digest *digest, char *hexadecimal);

// --- work.c

// Runs `work` on a thread of its own; until it returns, calls `tick` on this one about ten times a second.
// False when there is no thread to be had: then nothing ran.
bool ch_work(void (*work)(void *), void (*tick)(void *), void *context);

// The weights of the small models that the library carries, as safetensors files inside the library itself: found wherever it is loaded.
#pragma once
#include <stddef.h>

enum { MINIATURE_ENCODER = 0, MINIATURE_DECODER = 1, MINIATURE_ENCODER_DECODER = 2 };

// The bytes of a file; they live as long as the process.
const void *miniature_weights(int kind, size_t *count);

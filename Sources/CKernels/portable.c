// What the compiler makes of plain vectors of four: SSE2 on x86, NEON on arm64.
#define LANES 4
#if defined(__aarch64__)
#define HAS_FMA 1
#define F32_ROWS 2
#define CODE_ROWS 1
#else
#define F32_ROWS 1
#define CODE_ROWS 1
#endif
#define TABLE kernels_portable
#include "body.h"

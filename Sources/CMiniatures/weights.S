// Puts the files of Weights/ into the library as they are.
#if defined(__APPLE__)
#define SYMBOL(name) _##name
.section __TEXT,__const
#else
#define SYMBOL(name) name
.section .rodata
#endif

#define CARRIED(name, file) \
  .globl SYMBOL(name##_begin) ; .p2align 6 ; SYMBOL(name##_begin): ; .incbin file ; \
  .globl SYMBOL(name##_end) ; SYMBOL(name##_end): ; .byte 0

CARRIED(miniature_encoder, "encoder.safetensors")
CARRIED(miniature_decoder, "decoder.safetensors")
CARRIED(miniature_encoder_decoder, "encoderDecoder.safetensors")

#if defined(__linux__) && defined(__ELF__)
.section .note.GNU-stack,"",%progbits
#endif

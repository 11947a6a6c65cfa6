#include "CMiniatures.h"

extern const char miniature_encoder_begin[], miniature_encoder_end[];
extern const char miniature_decoder_begin[], miniature_decoder_end[];
extern const char miniature_encoder_decoder_begin[], miniature_encoder_decoder_end[];

const void *miniature_weights(int kind, size_t *count) {
  switch (kind) {
    case MINIATURE_ENCODER:
      *count = (size_t)(miniature_encoder_end - miniature_encoder_begin);
      return miniature_encoder_begin;
    case MINIATURE_DECODER:
      *count = (size_t)(miniature_decoder_end - miniature_decoder_begin);
      return miniature_decoder_begin;
    default:
      *count = (size_t)(miniature_encoder_decoder_end - miniature_encoder_decoder_begin);
      return miniature_encoder_decoder_begin;
  }
}

import Display
import Tensors

extension Architecture {
  /// T5 (Raffel et al. 2020): an encoder and a decoder, positions as a bias inside attention, root-mean-square norms, no biases.
  ///
  /// The default is the small one. Version 1.1 and flan gate the inner layer with GELU and have a head
  /// of their own: `activation: .geluTanh, isGated: true, hasTiedHead: false`.
  /// `scalesOutput` says whether a shared table is multiplied with vectors shrunk by √width (nil: yes).
  /// Agrees with `T5ForConditionalGeneration` of transformers.
  public static func t5(
    vocabularySize: Int = 32_128, width: Int = 512, headWidth: Int = 64, encoderLayers: Int = 6, decoderLayers: Int? = nil,
    heads: Int = 8, innerWidth: Int = 2_048, activation: Activation = .relu, isGated: Bool = false, hasTiedHead: Bool = true,
    scalesOutput: Bool? = nil,
    buckets: Int = 32, maximumDistance: Int = 128, epsilon: Float = 1e-6, dropout: Float = 0.1
  ) throws(ModelError) -> Architecture {
    let attention = SelfAttention(heads: heads, headWidth: headWidth, bias: false, isScaled: false, dropout: dropout)
    var causalAttention = attention
    causalAttention.mask = .causal
    let feedForward = FeedForward(width: innerWidth, activation: activation, isGated: isGated, bias: false, dropout: dropout)
    return try Architecture("T5", vocabularySize: vocabularySize, width: width, initializer: .normal(deviation: 1)) {
      Encoder {
        TokenEmbedding()
        RelativePositions(heads: heads, buckets: buckets, maximumDistance: maximumDistance, isBidirectional: true)
        Dropout(dropout)
        Repeated(encoderLayers) {
          Residual {
            RMSNorm(epsilon: epsilon); attention; Dropout(dropout)
          }
          Residual {
            RMSNorm(epsilon: epsilon); feedForward.scaledByInputs(); Dropout(dropout)
          }
        }
        RMSNorm(epsilon: epsilon)
        Dropout(dropout)
      }
      Decoder {
        TokenEmbedding()
        RelativePositions(heads: heads, buckets: buckets, maximumDistance: maximumDistance, isBidirectional: false)
        Dropout(dropout)
        Repeated(decoderLayers ?? encoderLayers) {
          Residual {
            RMSNorm(epsilon: epsilon); causalAttention; Dropout(dropout)
          }
          Residual {
            RMSNorm(epsilon: epsilon)
            CrossAttention(heads: heads, headWidth: headWidth, bias: false, isScaled: false, dropout: dropout)
            Dropout(dropout)
          }
          Residual {
            RMSNorm(epsilon: epsilon); feedForward.scaledByInputs(); Dropout(dropout)
          }
        }
        RMSNorm(epsilon: epsilon)
        Dropout(dropout)
      }
      // The shared table is drawn with deviation 1, so v1.0 shrinks what it is multiplied with.
      if hasTiedHead {
        TiedHead(scale: scalesOutput ?? true ? 1 / Float(width).squareRoot() : 1)
      } else {
        Linear(vocabularySize, bias: false)
      }
    }.known(
      as: .t5(isGated: isGated),
      [
        ("model_type", "t5"), ("architectures", ["T5ForConditionalGeneration"]), ("is_encoder_decoder", true),
        ("vocab_size", .integer(vocabularySize)), ("d_model", .integer(width)), ("d_kv", .integer(headWidth)),
        ("d_ff", .integer(innerWidth)), ("num_layers", .integer(encoderLayers)),
        ("num_decoder_layers", .integer(decoderLayers ?? encoderLayers)), ("num_heads", .integer(heads)),
        ("feed_forward_proj", isGated ? (activation == .geluTanh ? "gated-gelu" : "gated-silu") : activation.checkpointName),
        ("relative_attention_num_buckets", .integer(buckets)), ("relative_attention_max_distance", .integer(maximumDistance)),
        ("layer_norm_epsilon", .shortest(epsilon)), ("dropout_rate", .shortest(dropout)), ("tie_word_embeddings", .bool(hasTiedHead)),
        ("scale_decoder_outputs", .bool(hasTiedHead && scalesOutput ?? true)), ("decoder_start_token_id", 0), ("pad_token_id", 0),
        ("eos_token_id", 1),
      ])
  }
}

import Display
import Tensors

extension Architecture {
  /// A decoder of Llama's type (Touvron et al. 2023): rotary positions, root-mean-square norms, gated SiLU, shared heads of keys, no biases.
  ///
  /// The default is SmolLM2-135M. Agrees with `LlamaForCausalLM` of transformers.
  public static func llama(
    vocabularySize: Int = 49_152, width: Int = 576, layers: Int = 30, heads: Int = 9, keyValueHeads: Int = 3, headWidth: Int? = nil,
    innerWidth: Int = 1_536, rotaryBase: Float = 100_000, epsilon: Float = 1e-5, hasTiedHead: Bool = true,
    classifier: ClassifierHead? = nil
  ) throws(ModelError) -> Architecture {
    try Architecture("Llama", vocabularySize: vocabularySize, width: width) {
      TokenEmbedding()
      RotaryPositions(base: rotaryBase)
      Repeated(layers) {
        Residual {
          RMSNorm(epsilon: epsilon)
          SelfAttention(heads: heads, keyValueHeads: keyValueHeads, headWidth: headWidth, mask: .causal, bias: false)
        }
        Residual {
          RMSNorm(epsilon: epsilon)
          FeedForward(width: innerWidth, activation: .silu, isGated: true, bias: false)
        }
      }
      RMSNorm(epsilon: epsilon)
      if let classifier {
        Pooling(classifier.pooling)
        Linear(classifier.labels, bias: false)
      } else if hasTiedHead {
        TiedHead()
      } else {
        Linear(vocabularySize, bias: false)
      }
    }.known(
      as: .llama(isClassifier: classifier != nil),
      [
        ("model_type", "llama"), ("architectures", [classifier == nil ? "LlamaForCausalLM" : "LlamaForSequenceClassification"]),
        ("vocab_size", .integer(vocabularySize)), ("hidden_size", .integer(width)), ("num_hidden_layers", .integer(layers)),
        ("num_attention_heads", .integer(heads)), ("num_key_value_heads", .integer(keyValueHeads)),
        ("head_dim", .integer(headWidth ?? width / heads)), ("intermediate_size", .integer(innerWidth)), ("hidden_act", "silu"),
        // Rotary positions set no limit; transformers wants one.
        ("max_position_embeddings", 8_192), ("rope_theta", .shortest(rotaryBase)), ("rms_norm_eps", .shortest(epsilon)),
        ("attention_bias", false), ("mlp_bias", false), ("tie_word_embeddings", .bool(hasTiedHead)),
      ] + (classifier.map { JSON.labels($0.labels) } ?? []))
  }
}

import Display
import Tensors

extension Architecture {
  /// GPT-2 (Radford et al. 2019): learned positions, a norm before every branch, GELU by tanh, the table of tokens as head.
  ///
  /// The default is the small one of 124.4 M parameters. Agrees with `GPT2LMHeadModel` of transformers, and with a
  /// classifier of the last token with `GPT2ForSequenceClassification`.
  public static func gpt2(
    vocabularySize: Int = 50_257, context: Int = 1_024, width: Int = 768, layers: Int = 12, heads: Int = 12, innerWidth: Int? = nil,
    activation: Activation = .geluTanh, epsilon: Float = 1e-5, dropout: Float = 0.1, classifier: ClassifierHead? = nil
  ) throws(ModelError) -> Architecture {
    try Architecture("GPT-2", vocabularySize: vocabularySize, context: context, width: width, scalesResiduals: true) {
      TokenEmbedding()
      PositionEmbedding()
      Dropout(dropout)
      Repeated(layers) {
        Residual {
          LayerNorm(epsilon: epsilon)
          SelfAttention(heads: heads, mask: .causal, dropout: dropout)
          Dropout(dropout)
        }
        Residual {
          LayerNorm(epsilon: epsilon)
          FeedForward(width: innerWidth ?? 4 * width, activation: activation)
          Dropout(dropout)
        }
      }
      LayerNorm(epsilon: epsilon)
      if let classifier {
        Pooling(classifier.pooling)
        Linear(classifier.labels, bias: false)
      } else {
        TiedHead()
      }
    }.known(
      as: .gpt2,
      [
        ("model_type", "gpt2"), ("architectures", [classifier == nil ? "GPT2LMHeadModel" : "GPT2ForSequenceClassification"]),
        ("vocab_size", .integer(vocabularySize)), ("n_positions", .integer(context)), ("n_embd", .integer(width)),
        ("n_layer", .integer(layers)), ("n_head", .integer(heads)), ("n_inner", innerWidth.map { .integer($0) } ?? .null),
        ("activation_function", activation.checkpointName), ("layer_norm_epsilon", .shortest(epsilon)),
        ("resid_pdrop", .shortest(dropout)), ("embd_pdrop", .shortest(dropout)), ("attn_pdrop", .shortest(dropout)),
        ("tie_word_embeddings", true),
      ] + (classifier.map { JSON.labels($0.labels) } ?? []))
  }
}

import Display
import Tensors

/// What stands on top of BERT.
public enum BERTHead: Sendable, Equatable {
  /// Nothing: a vector for every token.
  case none
  /// Scores of the vocabulary for every token, to fill in masked ones.
  case maskedLanguage
  /// Classes of the whole input, from its first token.
  case classifier(labels: Int)
  /// Classes of the whole input by one linear map of a pooled vector.
  case pooled(labels: Int, Pooling.Choice)
  /// What BERT was pretrained with: masked tokens, and whether the second sentence follows the first.
  case pretraining
}

extension Architecture {
  /// BERT (Devlin et al. 2019): learned positions and segments, all tokens see all tokens, the norm after every branch.
  ///
  /// The default is the base model, uncased. Agrees with `BertModel`, `BertForMaskedLM`, `BertForPreTraining` and
  /// `BertForSequenceClassification` of transformers.
  public static func bert(
    _ head: BERTHead = .none, vocabularySize: Int = 30_522, context: Int = 512, width: Int = 768, layers: Int = 12, heads: Int = 12,
    innerWidth: Int = 3_072, segments: Int = 2, activation: Activation = .gelu, epsilon: Float = 1e-12, dropout: Float = 0.1
  ) throws(ModelError) -> Architecture {
    try Architecture("BERT", vocabularySize: vocabularySize, context: context, width: width) {
      TokenEmbedding()
      PositionEmbedding()
      SegmentEmbedding(segments)
      LayerNorm(epsilon: epsilon)
      Dropout(dropout)
      Repeated(layers) {
        Residual {
          SelfAttention(heads: heads, dropout: dropout)
          Dropout(dropout)
        }
        LayerNorm(epsilon: epsilon)
        Residual {
          FeedForward(width: innerWidth, activation: activation)
          Dropout(dropout)
        }
        LayerNorm(epsilon: epsilon)
      }
      switch head {
      case .none: [] as [any Layer]
      case .maskedLanguage, .pretraining:
        if head == .pretraining { NextSentence() }
        Linear(width, activation: activation)
        LayerNorm(epsilon: epsilon)
        TiedHead(bias: true)
      case .classifier(let labels):
        Pooling(.firstToken)
        Linear(width, activation: .tanh)
        Dropout(dropout)
        Linear(labels)
      case .pooled(let labels, let choice):
        Pooling(choice)
        Linear(labels)
      }
    }.known(
      as: .bert(head),
      [
        ("model_type", "bert"), ("architectures", [head.checkpointClass]), ("vocab_size", .integer(vocabularySize)),
        ("max_position_embeddings", .integer(context)), ("hidden_size", .integer(width)), ("num_hidden_layers", .integer(layers)),
        ("num_attention_heads", .integer(heads)), ("intermediate_size", .integer(innerWidth)), ("type_vocab_size", .integer(segments)),
        ("hidden_act", activation.checkpointName), ("layer_norm_eps", .shortest(epsilon)), ("hidden_dropout_prob", .shortest(dropout)),
        ("attention_probs_dropout_prob", .shortest(dropout)), ("tie_word_embeddings", true),
      ] + (head.labels.map(JSON.labels) ?? []))
  }
}

extension BERTHead {
  /// Classes of the head, where it has some.
  fileprivate var labels: Int? {
    switch self {
    case .classifier(let labels), .pooled(let labels, _): labels
    case .none, .maskedLanguage, .pretraining: nil
    }
  }

  /// What transformers calls BERT with this head. It has no class for ``pooled(labels:_:)``, only the body of it.
  fileprivate var checkpointClass: JSON {
    switch self {
    case .none, .pooled: "BertModel"
    case .maskedLanguage: "BertForMaskedLM"
    case .classifier: "BertForSequenceClassification"
    case .pretraining: "BertForPreTraining"
    }
  }
}

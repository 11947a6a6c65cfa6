/// What parameters are called in the checkpoints of transformers: one table for each family, read both ways.
struct CheckpointNames {
  /// How a parameter lies in its checkpoint tensor.
  enum Layout: Equatable {
    case same
    /// GPT-2 keeps linear maps as `[inputs, outputs]`.
    case transposed
    /// One of three equal parts side by side in the last dimension, of a matrix that is transposed as well.
    case third(Int)
  }

  struct Rule {
    /// The parameter's path, with `#` for the number of a layer.
    let path: String
    let name: String
    let layout: Layout

    init(_ path: String, _ name: String, _ layout: Layout = .same) {
      self.path = path
      self.name = name
      self.layout = layout
    }
  }

  let family: String
  /// What stands before the names of the body when a head was saved with it, and may be missing otherwise.
  let prefix: String
  let rules: [Rule]

  /// The rule for a parameter, and its name in the checkpoint; nil for a parameter that the family does not have.
  func match(_ path: String) -> (name: String, layout: Layout)? {
    var number = ""
    let pattern = path.split(separator: ".").map { part in
      guard Int(part) != nil else { return String(part) }
      number = String(part)
      return "#"
    }.joined(separator: ".")
    guard let rule = rules.first(where: { $0.path == pattern }) else { return nil }
    return (rule.name.split(separator: "#", omittingEmptySubsequences: false).joined(separator: number), rule.layout)
  }

  static let gpt2 = CheckpointNames(
    family: "GPT-2", prefix: "transformer.",
    rules: [
      Rule("tokens.weight", "transformer.wte.weight"),
      Rule("positions.weight", "transformer.wpe.weight"),
      Rule("layers.#.norm.weight", "transformer.h.#.ln_1.weight"),
      Rule("layers.#.norm.bias", "transformer.h.#.ln_1.bias"),
      Rule("layers.#.attention.query.weight", "transformer.h.#.attn.c_attn.weight", .third(0)),
      Rule("layers.#.attention.key.weight", "transformer.h.#.attn.c_attn.weight", .third(1)),
      Rule("layers.#.attention.value.weight", "transformer.h.#.attn.c_attn.weight", .third(2)),
      Rule("layers.#.attention.query.bias", "transformer.h.#.attn.c_attn.bias", .third(0)),
      Rule("layers.#.attention.key.bias", "transformer.h.#.attn.c_attn.bias", .third(1)),
      Rule("layers.#.attention.value.bias", "transformer.h.#.attn.c_attn.bias", .third(2)),
      Rule("layers.#.attention.output.weight", "transformer.h.#.attn.c_proj.weight", .transposed),
      Rule("layers.#.attention.output.bias", "transformer.h.#.attn.c_proj.bias"),
      Rule("layers.#.norm2.weight", "transformer.h.#.ln_2.weight"),
      Rule("layers.#.norm2.bias", "transformer.h.#.ln_2.bias"),
      Rule("layers.#.feedForward.up.weight", "transformer.h.#.mlp.c_fc.weight", .transposed),
      Rule("layers.#.feedForward.up.bias", "transformer.h.#.mlp.c_fc.bias"),
      Rule("layers.#.feedForward.down.weight", "transformer.h.#.mlp.c_proj.weight", .transposed),
      Rule("layers.#.feedForward.down.bias", "transformer.h.#.mlp.c_proj.bias"),
      Rule("norm.weight", "transformer.ln_f.weight"),
      Rule("norm.bias", "transformer.ln_f.bias"),
      Rule("linear.weight", "score.weight"),
    ])

  static let llama = llama(isClassifier: false)

  /// Llama, whose last linear map scores the vocabulary or the classes.
  static func llama(isClassifier: Bool) -> CheckpointNames {
    CheckpointNames(
      family: "Llama", prefix: "model.",
      rules: llamaBody + [Rule("linear.weight", isClassifier ? "score.weight" : "lm_head.weight")])
  }

  private static let llamaBody =
    [
      Rule("tokens.weight", "model.embed_tokens.weight"),
      Rule("layers.#.norm.weight", "model.layers.#.input_layernorm.weight"),
      Rule("layers.#.attention.query.weight", "model.layers.#.self_attn.q_proj.weight"),
      Rule("layers.#.attention.key.weight", "model.layers.#.self_attn.k_proj.weight"),
      Rule("layers.#.attention.value.weight", "model.layers.#.self_attn.v_proj.weight"),
      Rule("layers.#.attention.output.weight", "model.layers.#.self_attn.o_proj.weight"),
      Rule("layers.#.norm2.weight", "model.layers.#.post_attention_layernorm.weight"),
      Rule("layers.#.feedForward.gate.weight", "model.layers.#.mlp.gate_proj.weight"),
      Rule("layers.#.feedForward.up.weight", "model.layers.#.mlp.up_proj.weight"),
      Rule("layers.#.feedForward.down.weight", "model.layers.#.mlp.down_proj.weight"),
      Rule("norm.weight", "model.norm.weight"),
    ]

  private static let bertBody =
    [
      Rule("tokens.weight", "bert.embeddings.word_embeddings.weight"),
      Rule("positions.weight", "bert.embeddings.position_embeddings.weight"),
      Rule("segments.weight", "bert.embeddings.token_type_embeddings.weight"),
      Rule("norm.weight", "bert.embeddings.LayerNorm.weight"),
      Rule("norm.bias", "bert.embeddings.LayerNorm.bias"),
      Rule("layers.#.norm.weight", "bert.encoder.layer.#.attention.output.LayerNorm.weight"),
      Rule("layers.#.norm.bias", "bert.encoder.layer.#.attention.output.LayerNorm.bias"),
      Rule("layers.#.norm2.weight", "bert.encoder.layer.#.output.LayerNorm.weight"),
      Rule("layers.#.norm2.bias", "bert.encoder.layer.#.output.LayerNorm.bias"),
    ]
    + [("query", "self.query"), ("key", "self.key"), ("value", "self.value"), ("output", "output.dense")].flatMap { ours, theirs in
      ["weight", "bias"].map { Rule("layers.#.attention.\(ours).\($0)", "bert.encoder.layer.#.attention.\(theirs).\($0)") }
    }
    + [("up", "intermediate.dense"), ("down", "output.dense")].flatMap { ours, theirs in
      ["weight", "bias"].map { Rule("layers.#.feedForward.\(ours).\($0)", "bert.encoder.layer.#.\(theirs).\($0)") }
    }

  /// BERT with a head of this kind.
  static func bert(_ head: BERTHead) -> CheckpointNames {
    let headRules: [Rule]
    switch head {
    case .none: headRules = []
    case .pooled:
      headRules = [Rule("linear.weight", "classifier.weight"), Rule("linear.bias", "classifier.bias")]
    case .maskedLanguage, .pretraining:
      headRules = [
        Rule("linear.weight", "cls.predictions.transform.dense.weight"),
        Rule("linear.bias", "cls.predictions.transform.dense.bias"),
        Rule("norm2.weight", "cls.predictions.transform.LayerNorm.weight"),
        Rule("norm2.bias", "cls.predictions.transform.LayerNorm.bias"),
        Rule("head.bias", "cls.predictions.bias"),
        Rule("nextSentence.pooler.weight", "bert.pooler.dense.weight"),
        Rule("nextSentence.pooler.bias", "bert.pooler.dense.bias"),
        Rule("nextSentence.head.weight", "cls.seq_relationship.weight"),
        Rule("nextSentence.head.bias", "cls.seq_relationship.bias"),
      ]
    case .classifier:
      headRules = [
        Rule("linear.weight", "bert.pooler.dense.weight"),
        Rule("linear.bias", "bert.pooler.dense.bias"),
        Rule("linear2.weight", "classifier.weight"),
        Rule("linear2.bias", "classifier.bias"),
      ]
    }
    return CheckpointNames(family: "BERT", prefix: "bert.", rules: bertBody + headRules)
  }

  static let t5 = CheckpointNames(
    family: "T5", prefix: "",
    rules: [
      Rule("encoder.tokens.weight", "shared.weight"),
      Rule("linear.weight", "lm_head.weight"),
      Rule("decoder.layers.#.crossAttention.query.weight", "decoder.block.#.layer.1.EncDecAttention.q.weight"),
      Rule("decoder.layers.#.crossAttention.key.weight", "decoder.block.#.layer.1.EncDecAttention.k.weight"),
      Rule("decoder.layers.#.crossAttention.value.weight", "decoder.block.#.layer.1.EncDecAttention.v.weight"),
      Rule("decoder.layers.#.crossAttention.output.weight", "decoder.block.#.layer.1.EncDecAttention.o.weight"),
      Rule("decoder.layers.#.norm3.weight", "decoder.block.#.layer.2.layer_norm.weight"),
    ]
      + [("encoder", 1), ("decoder", 2)].flatMap { stack, last in
        [
          Rule("\(stack).positions.weight", "\(stack).block.0.layer.0.SelfAttention.relative_attention_bias.weight"),
          Rule("\(stack).norm.weight", "\(stack).final_layer_norm.weight"),
          Rule("\(stack).layers.#.norm.weight", "\(stack).block.#.layer.0.layer_norm.weight"),
          Rule("\(stack).layers.#.norm2.weight", "\(stack).block.#.layer.1.layer_norm.weight"),
          Rule("\(stack).layers.#.attention.query.weight", "\(stack).block.#.layer.0.SelfAttention.q.weight"),
          Rule("\(stack).layers.#.attention.key.weight", "\(stack).block.#.layer.0.SelfAttention.k.weight"),
          Rule("\(stack).layers.#.attention.value.weight", "\(stack).block.#.layer.0.SelfAttention.v.weight"),
          Rule("\(stack).layers.#.attention.output.weight", "\(stack).block.#.layer.0.SelfAttention.o.weight"),
          Rule("\(stack).layers.#.feedForward.down.weight", "\(stack).block.#.layer.\(last).DenseReluDense.wo.weight"),
        ]
      })

  /// T5 whose inner layer is gated (v1.1, flan) or not (v1.0): the same path has another name.
  static func t5(isGated: Bool) -> CheckpointNames {
    let inner = [("encoder", 1), ("decoder", 2)].flatMap { stack, last in
      isGated
        ? [
          Rule("\(stack).layers.#.feedForward.gate.weight", "\(stack).block.#.layer.\(last).DenseReluDense.wi_0.weight"),
          Rule("\(stack).layers.#.feedForward.up.weight", "\(stack).block.#.layer.\(last).DenseReluDense.wi_1.weight"),
        ] : [Rule("\(stack).layers.#.feedForward.up.weight", "\(stack).block.#.layer.\(last).DenseReluDense.wi.weight")]
    }
    return CheckpointNames(family: "T5", prefix: "", rules: t5.rules + inner)
  }
}

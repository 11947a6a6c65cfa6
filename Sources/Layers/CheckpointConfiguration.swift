import Checkpoints
import Display
import Tensors

/// An architecture as `config.json` of transformers describes it, with the names of its tensors.
struct CheckpointConfiguration {
  let architecture: Architecture
  let names: CheckpointNames

  /// - Parameters:
  ///   - checkpoint: a folder whose configuration has the `model_type` gpt2, llama, bert or t5.
  ///   - bertHead: what stands on BERT; nil: what `architectures` names.
  ///   - classifier: what stands on GPT-2 or Llama; nil: the head that scores the vocabulary.
  init(_ checkpoint: Checkpoint, bertHead: BERTHead? = nil, classifier: ClassifierHead? = nil, dropout: Float?) throws {
    try self.init(
      checkpoint.config, file: "\(checkpoint.path)/config.json", bertHead: bertHead, classifier: classifier, dropout: dropout,
      hasOwnHead: checkpoint.tensor("lm_head.weight") != nil)
  }

  /// - Parameters:
  ///   - file: where the configuration lies, for errors.
  ///   - hasOwnHead: whether a T5 has a head beside its table of tokens.
  init(
    _ config: JSON, file: String, bertHead: BERTHead? = nil, classifier: ClassifierHead? = nil, dropout: Float?, hasOwnHead: Bool
  ) throws {
    let reader = Reader(config: config, file: file)
    switch try reader.text("model_type") {
    case "gpt2": (architecture, names) = (try Self.gpt2(reader, dropout, classifier), .gpt2)
    case "llama": (architecture, names) = (try Self.llama(reader, classifier), .llama(isClassifier: classifier != nil))
    case "bert":
      let head = try bertHead ?? Self.bertHead(reader)
      (architecture, names) = (try Self.bert(reader, head, dropout), .bert(head))
    case "t5":
      let isGated = try reader.text("feed_forward_proj", "relu").hasPrefix("gated-")
      (architecture, names) = (try Self.t5(reader, isGated: isGated, hasOwnHead: hasOwnHead, dropout), .t5(isGated: isGated))
    case Architecture.ownType:
      throw reader.error(
        "model_type", "«\(Architecture.ownType)»",
        "gpt2, llama, bert or t5; layers of your own are loaded by their architecture's loaded(from:)")
    case let other: throw reader.error("model_type", "«\(other)»", "gpt2, llama, bert or t5")
    }
  }

  private static func gpt2(_ reader: Reader, _ dropout: Float?, _ classifier: ClassifierHead?) throws -> Architecture {
    try .gpt2(
      vocabularySize: try reader.whole("vocab_size", 50_257), context: try reader.whole("n_positions", 1_024),
      width: try reader.whole("n_embd", 768), layers: try reader.whole("n_layer", 12), heads: try reader.whole("n_head", 12),
      innerWidth: try reader.optionalWhole("n_inner"), activation: try reader.activation("activation_function", "gelu_new"),
      epsilon: try reader.real("layer_norm_epsilon", 1e-5), dropout: try dropout ?? reader.real("resid_pdrop", 0.1),
      classifier: classifier)
  }

  private static func llama(_ reader: Reader, _ classifier: ClassifierHead?) throws -> Architecture {
    let heads = try reader.whole("num_attention_heads", 32)
    // transformers 5 keeps the base among the rope parameters, 4 beside them.
    let rope = reader.config["rope_parameters"] ?? reader.config["rope_scaling"]
    if let kind = rope?["rope_type"]?.stringValue ?? rope?["type"]?.stringValue, kind != "default" {
      throw reader.error("rope_type", "«\(kind)»", "default")
    }
    let base = try Reader(config: rope ?? [:], file: reader.file).real("rope_theta", try reader.real("rope_theta", 10_000))
    return try .llama(
      vocabularySize: try reader.whole("vocab_size", 32_000), width: try reader.whole("hidden_size", 4_096),
      layers: try reader.whole("num_hidden_layers", 32), heads: heads,
      keyValueHeads: try reader.optionalWhole("num_key_value_heads") ?? heads, headWidth: try reader.optionalWhole("head_dim"),
      innerWidth: try reader.whole("intermediate_size", 11_008), rotaryBase: base, epsilon: try reader.real("rms_norm_eps", 1e-6),
      hasTiedHead: try reader.claim("tie_word_embeddings", false), classifier: classifier)
  }

  private static func bertHead(_ reader: Reader) throws -> BERTHead {
    let kind = reader.config["architectures"]?[0]?.stringValue ?? "BertModel"
    switch kind {
    case "BertModel": return .none
    case "BertForMaskedLM": return .maskedLanguage
    case "BertForPreTraining": return .pretraining
    case "BertForSequenceClassification":
      let labels = reader.config["id2label"]?.objectValue?.count ?? 2
      return .classifier(labels: labels)
    default:
      throw reader.error("architectures", "«\(kind)»", "BertModel, BertForMaskedLM, BertForPreTraining or BertForSequenceClassification")
    }
  }

  private static func bert(_ reader: Reader, _ head: BERTHead, _ dropout: Float?) throws -> Architecture {
    try .bert(
      head, vocabularySize: try reader.whole("vocab_size", 30_522), context: try reader.whole("max_position_embeddings", 512),
      width: try reader.whole("hidden_size", 768), layers: try reader.whole("num_hidden_layers", 12),
      heads: try reader.whole("num_attention_heads", 12), innerWidth: try reader.whole("intermediate_size", 3_072),
      segments: try reader.whole("type_vocab_size", 2), activation: try reader.activation("hidden_act", "gelu"),
      epsilon: try reader.real("layer_norm_eps", 1e-12), dropout: try dropout ?? reader.real("hidden_dropout_prob", 0.1))
  }

  private static func t5(_ reader: Reader, isGated: Bool, hasOwnHead: Bool, _ dropout: Float?) throws -> Architecture {
    let projection = try reader.text("feed_forward_proj", "relu")
    // transformers reads «gated-gelu» as the approximation by tanh.
    let activation: Activation =
      projection == "gated-gelu"
      ? .geluTanh : try reader.activation(named: isGated ? String(projection.dropFirst(6)) : projection, "feed_forward_proj")
    let layers = try reader.whole("num_layers", 6)
    // transformers 5 writes `scale_decoder_outputs` and calls every T5 tied; before it, an untied one was one that does not scale.
    let isTied = try reader.claim("tie_word_embeddings", true)
    let scales = try reader.claim("scale_decoder_outputs", isTied)
    return try .t5(
      vocabularySize: try reader.whole("vocab_size", 32_128), width: try reader.whole("d_model", 512),
      headWidth: try reader.whole("d_kv", 64), encoderLayers: layers,
      decoderLayers: try reader.optionalWhole("num_decoder_layers") ?? layers,
      heads: try reader.whole("num_heads", 8), innerWidth: try reader.whole("d_ff", 2_048), activation: activation, isGated: isGated,
      hasTiedHead: scales || !hasOwnHead, scalesOutput: scales, buckets: try reader.whole("relative_attention_num_buckets", 32),
      maximumDistance: try reader.whole("relative_attention_max_distance", 128), epsilon: try reader.real("layer_norm_epsilon", 1e-6),
      dropout: try dropout ?? reader.real("dropout_rate", 0.1))
  }
}

/// Reads fields of a configuration; what is there in another form than expected is refused by name.
private struct Reader {
  let config: JSON
  let file: String

  func error(_ field: String, _ found: String, _ allowed: String) -> CheckpointError {
    CheckpointError(file: file, .setting(name: field, found: found, allowed: allowed))
  }

  /// The field, unless it is missing or null.
  private func value(_ field: String) -> JSON? {
    guard let value = config[field], value != .null else { return nil }
    return value
  }

  func optionalWhole(_ field: String) throws -> Int? {
    guard let value = value(field) else { return nil }
    guard let number = value.intValue, number > 0, number < 1 << 24 else {
      throw error(field, value.compactText, "a whole number from 1 to 16,777,215")
    }
    return number
  }

  func whole(_ field: String, _ missing: Int) throws -> Int { try optionalWhole(field) ?? missing }

  func real(_ field: String, _ missing: Float) throws -> Float {
    guard let value = value(field) else { return missing }
    guard let number = value.doubleValue, number >= 0, number.isFinite else { throw error(field, value.compactText, "a number from 0 on") }
    return Float(number)
  }

  func claim(_ field: String, _ missing: Bool) throws -> Bool {
    guard let value = value(field) else { return missing }
    guard let claim = value.boolValue else { throw error(field, value.compactText, "true or false") }
    return claim
  }

  func text(_ field: String, _ missing: String? = nil) throws -> String {
    guard let value = value(field) else {
      if let missing { return missing }
      throw error(field, "missing", "a text")
    }
    guard let text = value.stringValue else { throw error(field, value.compactText, "a text") }
    return text
  }

  func activation(_ field: String, _ missing: String) throws -> Activation { try activation(named: try text(field, missing), field) }

  func activation(named name: String, _ field: String) throws -> Activation {
    switch name {
    case "gelu": return .gelu
    case "gelu_new", "gelu_pytorch_tanh": return .geluTanh
    case "relu": return .relu
    case "silu", "swish": return .silu
    case "tanh": return .tanh
    default: throw error(field, "«\(name)»", "gelu, gelu_new, gelu_pytorch_tanh, relu, silu or tanh")
    }
  }
}

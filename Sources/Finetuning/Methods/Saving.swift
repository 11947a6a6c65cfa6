internal import Checkpoints
internal import Display
internal import Layers
internal import Tensors

extension PreparedMethod {
  /// Writes what training has changed as transformers and PEFT read it.
  ///
  /// A whole model where its own weights changed (`AutoModel….from_pretrained(folder)`), an adapter where only something beside them did
  /// (`PeftModel.from_pretrained(base, folder)`).
  func save(to folder: String, labels: [String]) throws {
    try TextFile.makeFolder(folder)
    switch recipe.change {
    case .nothing: break
    case .head, .everything, .lastLayers: try saveModel(to: folder, labels)
    case .lowRank(let rank, let alpha, _): try saveLowRank(rank, alpha, to: folder)
    case .softPrompt(let length, _):
      guard let prompt = extras.prompt else { return }
      try savePromptLearning("PROMPT_TUNING", length, prompt.values, width: prompt.shape[1], to: folder)
    case .prefix(let length):
      // Row by row the keys and values of all layers.
      let layers = extras.keysAndValues
      let width = layers.first?.shape[1] ?? 0
      let values = layers.map(\.values)
      let rows = (0..<length).flatMap { row in values.flatMap { $0[row * width..<(row + 1) * width] } }
      try savePromptLearning("PREFIX_TUNING", length, rows, width: width * layers.count, to: folder)
    }
  }

  /// Writes some examples with the scores of their labels, in nats, so that whoever loads the weights elsewhere can see that they agree.
  func saveExamples(_ examples: [LabeledExample], to folder: String) throws {
    let scores = try scores(of: model.prepare(examples))
    let lines = zip(examples, scores).map { example, scores -> String in
      let (input, pair, answers) = model.texts(example)
      let line: JSON = [
        "input": .string(input), "pair": pair.map { .string($0) } ?? .null, "answers": .array(answers.map { .string($0) }),
        "scores": .array(scores.map { .number($0) }),
      ]
      return line.compactText
    }
    let about: JSON = ["base": .string(base.name), "task": .string(taskType), "maximumLength": .integer(maximumLength)]
    try TextFile.write(lines.joined(separator: "\n") + "\n", to: "\(folder)/examples.jsonl")
    try TextFile.write(about.compactText, to: "\(folder)/about.json")
  }

  private var isClassifier: Bool { network.architecture.classifies }

  /// What PEFT calls the use of the model.
  private var taskType: String { isClassifier ? "SEQ_CLS" : base.kind == .encoderDecoder ? "SEQ_2_SEQ_LM" : "CAUSAL_LM" }

  private func saveModel(to folder: String, _ labels: [String]) throws {
    if isClassifier {
      if case .head(let pooling?) = recipe.answer, base.kind == .encoder || pooling != .lastToken {
        throw ModelError(recipe.title, "pools by .\(pooling) in a way that no class of transformers does: its weights are not written")
      }
      return try saveClassifier(to: folder, labels)
    }
    let name = base.kind == .encoderDecoder ? "T5ForConditionalGeneration" : className("ForCausalLM")
    try network.save(to: folder, changing: [("architectures", [name])])
    try copyTokenizer(to: folder)
  }

  private func saveClassifier(to folder: String, _ labels: [String]) throws {
    let names = JSON.Object(labels.enumerated().map { (String($0), .string($1)) })
    let numbers = JSON.Object(labels.enumerated().map { ($1, .integer($0)) })
    var changes: [(String, JSON)] = [
      ("architectures", [className("ForSequenceClassification")]), ("id2label", .object(names)), ("label2id", .object(numbers)),
    ]
    // transformers finds the last token of a padded text by the token that pads.
    if base.kind == .decoder, base.checkpoint.config["pad_token_id"]?.intValue == nil { changes.append(("pad_token_id", .integer(0))) }
    try network.save(to: folder, changing: changes)
    try copyTokenizer(to: folder)
  }

  private func className(_ ending: String) -> JSON {
    let isLlama = base.checkpoint.isGGUF || base.checkpoint.config["model_type"]?.stringValue == "llama"
    let family = base.kind == .encoder ? "Bert" : isLlama ? "Llama" : "GPT2"
    return .string(family == "GPT2" && ending == "ForCausalLM" ? "GPT2LMHeadModel" : family + ending)
  }

  private func copyTokenizer(to folder: String) throws {
    for (name, text) in base.tokenizerFiles() { try TextFile.write(text, to: "\(folder)/\(name)") }
  }

  // MARK: - Adapters of PEFT

  private func saveLowRank(_ rank: Int, _ alpha: Double, to folder: String) throws {
    var tensors: [(name: String, shape: [Int], elements: [Float])] = []
    var modules: [String] = []
    var total = rank
    // GPT-2 keeps queries, keys and values in one map: the adapters of its parts become one, of so many ranks together.
    let groups = Dictionary(grouping: network.lowRankAdapters.enumerated().map { ($0, $1) }) {
      network.checkpointName(of: $0.1.target)?.name ?? ""
    }
    for (name, adapters) in groups.sorted(by: { $0.value[0].0 < $1.value[0].0 }) {
      let parts = adapters.map(\.1)
      let module = name.hasSuffix(".weight") ? String(name.dropLast(7)) : name
      let ending = module.split(separator: ".").last.map(String.init) ?? module
      if !modules.contains(ending) { modules.append(ending) }
      let inputs = parts[0].down.shape[1]
      let isJoined = network.checkpointName(of: parts[0].target)?.third != nil
      let rows = isJoined ? 3 * parts[0].up.shape[0] : parts[0].up.shape[0]
      let ranks = parts.count * rank
      total = max(total, ranks)
      var up = [Float](repeating: 0, count: rows * ranks)
      for (index, part) in parts.enumerated() {
        let first = (network.checkpointName(of: part.target)?.third ?? 0) * part.up.shape[0]
        let values = part.up.values
        for row in 0..<part.up.shape[0] {
          for column in 0..<rank { up[(first + row) * ranks + index * rank + column] = values[row * rank + column] }
        }
      }
      tensors.append(("base_model.model.\(module).lora_A.weight", [ranks, inputs], parts.flatMap(\.down.values)))
      tensors.append(("base_model.model.\(module).lora_B.weight", [rows, ranks], up))
    }
    tensors += classifierTensors(prefix: "base_model.model.")
    try SafetensorsFile.write(tensors, to: "\(folder)/adapter_model.safetensors")
    let isTransposed = base.kind == .decoder && base.checkpoint.config["model_type"]?.stringValue == "gpt2"
    // α/r is the same, however many ranks were joined.
    try writeConfiguration(
      [
        ("peft_type", "LORA"), ("r", .integer(total)), ("lora_alpha", .number(alpha * Double(total) / Double(rank))),
        ("lora_dropout", .number(0)),
        ("bias", "none"), ("fan_in_fan_out", .bool(isTransposed)), ("target_modules", .array(modules.map { .string($0) })),
      ], to: folder)
  }

  private func savePromptLearning(_ type: String, _ length: Int, _ values: [Float], width: Int, to folder: String) throws {
    try SafetensorsFile.write(
      [("prompt_embeddings", [length, width], values)] + classifierTensors(prefix: "base_model."), to: "\(folder)/adapter_model.safetensors"
    )
    let config = network.config ?? [:]
    func number(_ names: String...) -> JSON { names.compactMap { config[$0] }.first ?? .null }
    let heads = number("num_key_value_heads", "num_attention_heads", "n_head", "num_heads")
    var fields: [(String, JSON)] = [
      ("peft_type", .string(type)), ("num_virtual_tokens", .integer(length)),
      ("num_layers", number("num_hidden_layers", "n_layer", "num_layers")), ("num_attention_heads", heads),
      ("num_transformer_submodules", 1),
    ]
    if type == "PREFIX_TUNING" {
      fields += [("token_dim", .integer(extras.keysAndValues[0].shape[1] / 2)), ("prefix_projection", false)]
    } else {
      fields += [("token_dim", .integer(width)), ("prompt_tuning_init", "RANDOM")]
    }
    try writeConfiguration(fields, to: folder)
  }

  private func classifierTensors(prefix: String) -> [(name: String, shape: [Int], elements: [Float])] {
    guard isClassifier else { return [] }
    return network.parameters.filter(\.isTrainable).compactMap { parameter in
      network.checkpointName(of: parameter.name).map { (prefix + $0.name, parameter.shape, parameter.values) }
    }
  }

  private func writeConfiguration(_ fields: [(String, JSON)], to folder: String) throws {
    let shared: [(String, JSON)] = [
      ("task_type", .string(taskType)), ("inference_mode", true), ("base_model_name_or_path", .string(base.checkpoint.path)),
      ("modules_to_save", isClassifier ? ["classifier", "score"] : .null),
    ]
    try TextFile.write(JSON.object(JSON.Object(fields + shared)).compactText, to: "\(folder)/adapter_config.json")
  }
}

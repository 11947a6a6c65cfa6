import Checkpoints
import Display

/// GGUF files of GPT-2, BERT and T5 as transformers would describe them, so that one reader does for both.
///
/// The names of tensors and settings are those that llama.cpp's converter writes (`gguf-py/gguf/constants.py`). Llama has a reader of its
/// own: its queries and keys lie in another order.
extension Checkpoint {
  /// A GGUF file's architecture, which has to be one of these.
  func ggufArchitecture(_ allowed: [String]) throws(CheckpointError) -> String {
    let kind = ggufMetadata["general.architecture"]?.stringValue ?? "missing"
    guard allowed.contains(kind) else {
      let words = allowed.map { "\"\($0)\"" }.joined(separator: ", ")
      throw CheckpointError(file: path, .setting(name: "general.architecture", found: "\"\(kind)\"", allowed: words))
    }
    return kind
  }

  /// A GGUF file of this architecture under transformers' names; a folder as it is.
  func asTransformers(_ architecture: String) throws(CheckpointError) -> Checkpoint {
    guard isGGUF else { return self }
    _ = try ggufArchitecture([architecture])
    return try transformersView()
  }

  /// The GGUF file under transformers' names.
  func transformersView() throws(CheckpointError) -> Checkpoint {
    let kind = ggufMetadata["general.architecture"]?.stringValue ?? ""
    guard let table = tensor("token_embd.weight") else { throw CheckpointError(file: path, .missing(tensor: "token_embd.weight")) }
    var fields: [(String, JSON)] = [("model_type", .string(kind)), ("vocab_size", .integer(table.shape.first ?? 0))]
    func whole(_ name: String, _ key: String, default value: Int? = nil) throws(CheckpointError) {
      guard let found = ggufMetadata["\(kind).\(key)"] else {
        if let value { return fields.append((name, .integer(value))) }
        throw CheckpointError(file: path, .setting(name: "\(kind).\(key)", found: "missing", allowed: "a whole number"))
      }
      guard let number = found.intValue else {
        throw CheckpointError(file: path, .setting(name: "\(kind).\(key)", found: "no whole number", allowed: "a whole number"))
      }
      fields.append((name, .integer(number)))
    }
    func real(_ name: String, _ key: String) {
      if let number = ggufMetadata["\(kind).\(key)"]?.doubleValue { fields.append((name, .number(number))) }
    }
    let names: GGUFNames
    switch kind {
    case "gpt2":
      try whole("n_positions", "context_length")
      try whole("n_embd", "embedding_length")
      try whole("n_layer", "block_count")
      try whole("n_head", "attention.head_count")
      try whole("n_inner", "feed_forward_length")
      real("layer_norm_epsilon", "attention.layer_norm_epsilon")
      names = .gpt2
    case "bert":
      try whole("max_position_embeddings", "context_length")
      try whole("hidden_size", "embedding_length")
      try whole("num_hidden_layers", "block_count")
      try whole("num_attention_heads", "attention.head_count")
      try whole("intermediate_size", "feed_forward_length")
      real("layer_norm_eps", "attention.layer_norm_epsilon")
      fields.append(("type_vocab_size", .integer(tensor("token_types.weight")?.shape.first ?? 1)))
      names = .bert
    default:
      try whole("d_model", "embedding_length")
      try whole("num_layers", "block_count")
      try whole("num_decoder_layers", "decoder_block_count", default: ggufMetadata["\(kind).block_count"]?.intValue)
      try whole("num_heads", "attention.head_count")
      try whole("d_kv", "attention.key_length")
      try whole("d_ff", "feed_forward_length")
      try whole("relative_attention_num_buckets", "attention.relative_buckets_count", default: 32)
      try whole("decoder_start_token_id", "decoder_start_token_id", default: 0)
      real("layer_norm_epsilon", "attention.layer_norm_rms_epsilon")
      // The file does not say these; llama.cpp tells them from its tensors, too.
      let isGated = tensor("enc.blk.0.ffn_gate.weight") != nil
      fields.append(("feed_forward_proj", isGated ? "gated-gelu" : "relu"))
      let isTied = tensor("output.weight") == nil
      fields.append(("tie_word_embeddings", .bool(isTied)))
      // Version 1.0 alone shrinks the decoder's last state; what is gated is a later one.
      fields.append(("scale_decoder_outputs", .bool(isTied && !isGated)))
      names = isGated ? .gatedT5 : .t5
    }
    return described(by: .object(JSON.Object(fields)), naming: names.inFile)
  }
}

/// From transformers' name of a tensor to llama.cpp's.
struct GGUFNames: Sendable {
  /// Whole names before their last part (`.weight`, `.bias`), with `#` for the number of a layer.
  private let table: [String: String]

  /// The name in the file; a name that the table lacks stays, and is not there.
  func inFile(_ name: String) -> String {
    var parts = name.split(separator: ".").map(String.init)
    let last = parts.popLast() ?? ""
    guard let index = parts.firstIndex(where: { Int($0) != nil }) else {
      return table[parts.joined(separator: ".")].map { "\($0).\(last)" } ?? name
    }
    let number = parts[index]
    parts[index] = "#"
    guard let found = table[parts.joined(separator: ".")] else { return name }
    return found.split(separator: "#", omittingEmptySubsequences: false).joined(separator: number) + ".\(last)"
  }

  static let gpt2 = GGUFNames(table: [
    "wte": "token_embd", "wpe": "position_embd", "ln_f": "output_norm", "h.#.ln_1": "blk.#.attn_norm",
    "h.#.attn.c_attn": "blk.#.attn_qkv", "h.#.attn.c_proj": "blk.#.attn_output", "h.#.ln_2": "blk.#.ffn_norm",
    "h.#.mlp.c_fc": "blk.#.ffn_up", "h.#.mlp.c_proj": "blk.#.ffn_down",
  ])

  static let bert = GGUFNames(table: [
    "embeddings.word_embeddings": "token_embd", "embeddings.position_embeddings": "position_embd",
    "embeddings.token_type_embeddings": "token_types", "embeddings.LayerNorm": "token_embd_norm",
    "encoder.layer.#.attention.self.query": "blk.#.attn_q", "encoder.layer.#.attention.self.key": "blk.#.attn_k",
    "encoder.layer.#.attention.self.value": "blk.#.attn_v", "encoder.layer.#.attention.output.dense": "blk.#.attn_output",
    "encoder.layer.#.attention.output.LayerNorm": "blk.#.attn_output_norm", "encoder.layer.#.intermediate.dense": "blk.#.ffn_up",
    "encoder.layer.#.output.dense": "blk.#.ffn_down", "encoder.layer.#.output.LayerNorm": "blk.#.layer_output_norm",
  ])

  static let t5 = GGUFNames(table: t5(up: ["wi": "ffn_up"]))
  static let gatedT5 = GGUFNames(table: t5(up: ["wi_0": "ffn_gate", "wi_1": "ffn_up"]))

  private static func t5(up: [String: String]) -> [String: String] {
    var table = ["shared": "token_embd", "lm_head": "output"]
    // `block.0.…relative_attention_bias` has a number as every layer does: only the first has the tensor.
    for (stack, short, last) in [("encoder", "enc", 1), ("decoder", "dec", 2)] {
      table["\(stack).final_layer_norm"] = "\(short).output_norm"
      func layer(_ index: Int, _ rest: String, _ name: String) {
        table["\(stack).block.#.layer.\(index).\(rest)"] = "\(short).blk.#.\(name)"
      }
      layer(0, "layer_norm", "attn_norm")
      layer(0, "SelfAttention.relative_attention_bias", "attn_rel_b")
      for part in ["q", "k", "v", "o"] {
        layer(0, "SelfAttention.\(part)", "attn_\(part)")
        if stack == "decoder" { layer(1, "EncDecAttention.\(part)", "cross_attn_\(part)") }
      }
      if stack == "decoder" { layer(1, "layer_norm", "cross_attn_norm") }
      layer(last, "layer_norm", "ffn_norm")
      layer(last, "DenseReluDense.wo", "ffn_down")
      for (name, found) in up { layer(last, "DenseReluDense.\(name)", found) }
    }
    return table
  }
}

import Checkpoints
import Display
import Tensors

/// A model of Llama's kind in a GGUF file, as transformers would describe it: training starts from its weights in single precision.
struct LlamaInGGUF {
  /// What its `config.json` would say.
  let config: JSON
  private let checkpoint: Checkpoint
  private let headWidth: Int

  /// - Throws: `CheckpointError` for another architecture, or a setting that is missing.
  init(_ checkpoint: Checkpoint) throws(CheckpointError) {
    let metadata = checkpoint.ggufMetadata
    func refuse(_ name: String, _ found: String, _ allowed: String) -> CheckpointError {
      CheckpointError(file: checkpoint.path, .setting(name: name, found: found, allowed: allowed))
    }
    let kind = metadata["general.architecture"]?.stringValue ?? "missing"
    guard kind == "llama" else { throw refuse("general.architecture", kind, "llama") }
    func whole(_ name: String) throws(CheckpointError) -> Int {
      guard let value = metadata["llama.\(name)"]?.intValue, value > 0 else {
        throw refuse("llama.\(name)", "missing", "a positive integer")
      }
      return value
    }
    guard let table = checkpoint.tensor("token_embd.weight") else {
      throw CheckpointError(file: checkpoint.path, .missing(tensor: "token_embd.weight"))
    }
    if let scaling = metadata["llama.rope.scaling.type"]?.stringValue, scaling != "none" {
      throw refuse("llama.rope.scaling.type", scaling, "none")
    }
    let (width, heads) = (try whole("embedding_length"), try whole("attention.head_count"))
    headWidth = metadata["llama.attention.key_length"]?.intValue ?? width / heads
    self.checkpoint = checkpoint
    var fields: [(String, JSON)] = [
      ("architectures", ["LlamaForCausalLM"]), ("model_type", "llama"), ("vocab_size", .integer(table.shape.first ?? 0)),
      ("hidden_size", .integer(width)), ("num_hidden_layers", .integer(try whole("block_count"))), ("num_attention_heads", .integer(heads)),
      ("num_key_value_heads", .integer(metadata["llama.attention.head_count_kv"]?.intValue ?? heads)), ("head_dim", .integer(headWidth)),
      ("intermediate_size", .integer(try whole("feed_forward_length"))),
      ("max_position_embeddings", .integer(try whole("context_length"))), ("hidden_act", "silu"),
      ("rope_theta", .number(metadata["llama.rope.freq_base"]?.doubleValue ?? 10_000)),
      ("rms_norm_eps", .number(metadata["llama.attention.layer_norm_rms_epsilon"]?.doubleValue ?? 1e-5)),
      ("tie_word_embeddings", .bool(checkpoint.tensor("output.weight") == nil)),
    ]
    for (name, key) in [("bos_token_id", "bos_token_id"), ("eos_token_id", "eos_token_id"), ("pad_token_id", "padding_token_id")] {
      if let id = metadata["tokenizer.ggml.\(key)"]?.intValue { fields.append((name, .integer(id))) }
    }
    config = .object(JSON.Object(fields))
  }

  private static let names = [
    ("model.embed_tokens", "token_embd"), ("model.norm", "output_norm"), ("lm_head", "output"), ("model.layers.", "blk."),
    ("input_layernorm", "attn_norm"), ("post_attention_layernorm", "ffn_norm"), ("self_attn.q_proj", "attn_q"),
    ("self_attn.k_proj", "attn_k"), ("self_attn.v_proj", "attn_v"), ("self_attn.o_proj", "attn_output"), ("mlp.gate_proj", "ffn_gate"),
    ("mlp.up_proj", "ffn_up"), ("mlp.down_proj", "ffn_down"),
  ]

  /// Gives a parameter its values.
  ///
  /// - Parameter name: what transformers calls it.
  /// - Returns: false when the file has no such tensor.
  func load(_ parameter: Parameter, _ name: String) throws -> Bool {
    var theirs = name
    for (long, short) in Self.names {
      if let range = theirs.firstRange(of: long) { theirs.replaceSubrange(range, with: short) }
    }
    guard let stored = checkpoint.tensor(theirs) else { return false }
    guard stored.shape == parameter.shape else {
      throw CheckpointError(file: stored.path, .shape(tensor: theirs, found: stored.shape, expected: parameter.shape))
    }
    let values = try stored.floats()
    guard theirs.hasSuffix("attn_q.weight") || theirs.hasSuffix("attn_k.weight") else {
      parameter.values = values
      return true
    }
    // llama.cpp keeps the two halves of a head, which rotate together, row by row in turn.
    let (width, half) = (parameter.shape[1], headWidth / 2)
    var rows: [Float] = []
    rows.reserveCapacity(values.count)
    for row in 0..<parameter.shape[0] {
      let (head, inHead) = (row / headWidth, row % headWidth)
      let source = head * headWidth + 2 * (inHead % half) + inHead / half
      rows += values[source * width..<(source + 1) * width]
    }
    parameter.values = rows
    return true
  }
}

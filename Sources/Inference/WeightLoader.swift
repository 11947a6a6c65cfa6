internal import CKernels
import Checkpoints

/// Reads a model's tensors from a checkpoint and packs them for the kernels.
struct WeightLoader {
  let checkpoint: Checkpoint
  let precision: WeightPrecision
  let arena = WeightArena()
  /// Before every tensor's name: some files have `transformer.`, some have nothing.
  var prefix = ""

  init(_ checkpoint: Checkpoint, precision: WeightPrecision) {
    self.checkpoint = checkpoint
    self.precision = precision
  }

  func has(_ name: String) -> Bool { checkpoint.tensor(prefix + name) != nil }

  func tensor(_ name: String, shape: [Int]) throws(CheckpointError) -> StoredTensor {
    try checkpoint.tensor(prefix + name, shape: shape)
  }

  /// A vector in single precision, whatever the model's precision.
  func vector(_ name: String, _ count: Int) throws(CheckpointError) -> UnsafePointer<Float> {
    let tensor = try tensor(name, shape: [count])
    return arena.copy(try tensor.floats())
  }

  func layerNorm(_ name: String, width: Int, epsilon: Float) throws(CheckpointError) -> LayerNorm {
    LayerNorm(width: width, weight: try vector("\(name).weight", width), bias: try vector("\(name).bias", width), epsilon: epsilon)
  }

  func rmsNorm(_ name: String, width: Int, epsilon: Float) throws(CheckpointError) -> RMSNorm {
    RMSNorm(width: width, weight: try vector("\(name).weight", width), epsilon: epsilon)
  }

  func embedding(_ name: String, count: Int, width: Int) throws(CheckpointError) -> Embedding {
    let tensor = try tensor(name, shape: [count, width])
    let memory = arena.allocate(count * width * 4).assumingMemoryBound(to: Float.self)
    try tensor.copyFloats(rows: 0..<count, to: memory)
    tensor.release()
    return Embedding(count: count, width: width, table: UnsafePointer(memory))
  }

  /// A linear layer whose outputs are those of several tensors, one after another, all of them `[outputs, inputs]`.
  ///
  /// Keys, queries and values are joined this way: one pass over the input instead of three.
  ///
  /// - Parameters:
  ///   - parts: names without `.weight` and numbers of outputs.
  ///   - isTransposed: tensors are `[inputs, outputs]`, as GPT-2's are.
  ///   - isVocabulary: the output layer, which `.fourBit` keeps in eight bits.
  ///   - interleavedHeadSizes: for each part the size of heads whose rotated pairs the file puts side by side, as llama.cpp does; they are
  ///     put back half a head apart. Nil for parts that lie in order.
  func linear(
    _ parts: [(name: String, outputs: Int)], inputs: Int, hasBias: Bool, isTransposed: Bool = false, isVocabulary: Bool = false,
    interleavedHeadSizes: [Int?] = []
  ) throws(CheckpointError) -> Linear {
    let outputs = parts.reduce(0) { $0 + $1.outputs }
    var tensors: [StoredTensor] = []
    for part in parts {
      let shape = isTransposed ? [inputs, part.outputs] : [part.outputs, inputs]
      tensors.append(try tensor("\(part.name).weight", shape: shape))
    }
    let format = try format(of: tensors, inputs: inputs, isVocabulary: isVocabulary)
    let bytes = ck_matrix_bytes(format.rawValue, Int32(outputs), Int32(inputs))
    var matrix = ck_matrix(format: format.rawValue, n: Int32(outputs), k: Int32(inputs), data: arena.allocate(bytes))
    var first = 0
    for (index, (part, tensor)) in zip(parts, tensors).enumerated() {
      if index < interleavedHeadSizes.count, let size = interleavedHeadSizes[index] {
        try packInterleaved(tensor, headSize: size, into: &matrix, first: first)
      } else {
        try pack(tensor, isTransposed: isTransposed, into: &matrix, first: first, count: part.outputs)
      }
      tensor.release()
      first += part.outputs
    }
    var bias: UnsafePointer<Float>?
    if hasBias {
      var values: [Float] = []
      for part in parts { values += try self.tensor("\(part.name).bias", shape: [part.outputs]).floats() }
      bias = arena.copy(values)
    }
    return Linear(inputs: inputs, outputs: outputs, matrix: matrix, bias: bias)
  }

  /// The output layer of a vocabulary, with a bias of its own name.
  func linear(_ parts: [(name: String, outputs: Int)], inputs: Int, biasName: String) throws(CheckpointError) -> Linear {
    let plain = try linear(parts, inputs: inputs, hasBias: false, isVocabulary: true)
    return Linear(inputs: inputs, outputs: plain.outputs, matrix: plain.matrix, bias: try vector(biasName, plain.outputs))
  }

  private func format(of tensors: [StoredTensor], inputs: Int, isVocabulary: Bool) throws(CheckpointError) -> PackedFormat {
    let format: PackedFormat =
      switch precision {
      case .float32: .float32
      case .bfloat16: .bfloat16
      case .int8: .int8
      case .fourBit: isVocabulary ? .int8 : .fourBit
      case .asStored: storedFormat(tensors.map(\.type))
      }
    if format.isQuantised && inputs % 32 != 0 {
      throw CheckpointError(
        file: checkpoint.path,
        .setting(
          name: "precision", found: "\(precision.rawValue) for «\(tensors[0].name)» with \(inputs) inputs",
          allowed: "float32 or bfloat16 where the inputs are no multiple of 32"))
    }
    return format
  }

  /// The format that loses nothing of any of the types, or least.
  private func storedFormat(_ types: [ElementType]) -> PackedFormat {
    func format(_ type: ElementType) -> PackedFormat {
      switch type {
      case .q4_0: .fourBit
      case .q4_1, .q4K: .fourBitWithMinimum
      case .q5_0, .q5_1, .q8_0, .q2K, .q3K, .q5K, .q6K, .q8K: .int8
      case .bfloat16: .bfloat16
      default: .float32
      }
    }
    let formats = types.map(format)
    if formats.allSatisfy({ $0 == formats[0] }) { return formats[0] }
    return formats.contains(.float32) ? .float32 : formats.contains(.bfloat16) ? .bfloat16 : .int8
  }

  private func packInterleaved(
    _ tensor: StoredTensor, headSize: Int, into matrix: inout ck_matrix, first: Int
  ) throws(CheckpointError) {
    let half = headSize / 2
    for row in 0..<tensor.rows {
      let (head, place) = (row / headSize, row % headSize)
      let source = head * headSize + (place < half ? 2 * place : 2 * (place - half) + 1)
      if isUnchanged(tensor.type, matrix) {
        let bytes = tensor.rowCount / tensor.type.blockCount * tensor.type.blockBytes
        tensor.withBytes { ck_pack_blocks(&matrix, Int32(first + row), 1, $0.baseAddress.map { $0 + source * bytes }) }
      } else {
        ck_pack(&matrix, Int32(first + row), 1, try tensor.floats(rows: source..<source + 1), tensor.rowCount, 1)
      }
    }
  }

  /// Whether the matrix holds blocks as the file has them.
  private func isUnchanged(_ type: ElementType, _ matrix: ck_matrix) -> Bool {
    switch (type, PackedFormat(rawValue: matrix.format)) {
    case (.q8_0, .int8), (.q4_0, .fourBit), (.q4_1, .fourBitWithMinimum): true
    default: false
    }
  }

  private func pack(
    _ tensor: StoredTensor, isTransposed: Bool, into matrix: inout ck_matrix, first: Int, count: Int
  ) throws(CheckpointError) {
    let width = tensor.rowCount
    if isUnchanged(tensor.type, matrix) && !isTransposed {
      tensor.withBytes { ck_pack_blocks(&matrix, Int32(first), Int32(count), $0.baseAddress) }
      return
    }
    if tensor.type == .float32 {
      // Straight from the mapped file, whose tensors are aligned to 4 bytes in every file that was written with care.
      let isPacked = tensor.withBytes { bytes -> Bool in
        guard let base = bytes.baseAddress, UInt(bitPattern: base) % 4 == 0 else { return false }
        let source = base.assumingMemoryBound(to: Float.self)
        if isTransposed {
          ck_pack(&matrix, Int32(first), Int32(count), source, 1, width)
        } else {
          // In pieces of whole panels, each of whose pages is given back: a large vocabulary never stands in memory twice.
          for start in stride(from: 0, to: count, by: 4800) {
            let rows = start..<min(count, start + 4800)
            ck_pack(&matrix, Int32(first + start), Int32(rows.count), source + start * width, width, 1)
            tensor.release(rows: rows)
          }
        }
        return true
      }
      if isPacked { return }
    }
    if isTransposed {
      let values = try tensor.floats()
      ck_pack(&matrix, Int32(first), Int32(count), values, 1, width)
      return
    }
    // In pieces of whole panels, so that a large vocabulary never stands in memory twice.
    let step = 480
    for start in stride(from: 0, to: count, by: step) {
      let rows = start..<min(count, start + step)
      ck_pack(&matrix, Int32(first + start), Int32(rows.count), try tensor.floats(rows: rows), width, 1)
    }
  }
}

extension Checkpoint {
  /// An integer of the configuration that the model cannot do without.
  func setting(_ name: String, _ allowed: ClosedRange<Int>) throws(CheckpointError) -> Int {
    try setting(name, allowed, default: nil)
  }

  /// An integer of the configuration, or a default where it is not there or null.
  func setting(_ name: String, _ allowed: ClosedRange<Int>, default value: Int?) throws(CheckpointError) -> Int {
    guard let found = config[name], !found.isNull else {
      if let value { return value }
      throw CheckpointError(
        file: configPath, .setting(name: name, found: "missing", allowed: "\(allowed.lowerBound) to \(allowed.upperBound)"))
    }
    guard let number = found.intValue, allowed.contains(number) else {
      throw CheckpointError(
        file: configPath, .setting(name: name, found: found.compactText, allowed: "\(allowed.lowerBound) to \(allowed.upperBound)"))
    }
    return number
  }

  /// A positive number of the configuration, or a default.
  func setting(_ name: String, default value: Double) throws(CheckpointError) -> Double {
    guard let found = config[name], !found.isNull else { return value }
    guard let number = found.doubleValue, number > 0, number.isFinite else {
      throw CheckpointError(file: configPath, .setting(name: name, found: found.compactText, allowed: "a positive number"))
    }
    return number
  }

  /// One of some words of the configuration, or a default.
  func setting<Value>(_ name: String, default word: String, _ values: KeyValuePairs<String, Value>) throws(CheckpointError) -> Value {
    let found = config[name].flatMap { $0.isNull ? nil : $0 } ?? .string(word)
    guard let value = values.first(where: { $0.key == found.stringValue })?.value else {
      throw CheckpointError(
        file: configPath,
        .setting(name: name, found: found.compactText, allowed: values.map { "\"\($0.key)\"" }.joined(separator: ", ")))
    }
    return value
  }

  /// The end tokens: of generation_config.json where it has some, else of config.json, one number or a list of them; or of a GGUF file.
  var endTokens: [Int] {
    if isGGUF { return [ggufMetadata["tokenizer.ggml.eos_token_id"]?.intValue].compactMap { $0 } }
    for value in [generationConfig?["eos_token_id"], config["eos_token_id"]] {
      if let token = value?.intValue { return [token] }
      if let tokens = value?.arrayValue { return tokens.compactMap(\.intValue) }
    }
    return []
  }

  /// The token that begins a text, where the files name one.
  var beginToken: Int? { isGGUF ? ggufMetadata["tokenizer.ggml.bos_token_id"]?.intValue : config["bos_token_id"]?.intValue }

  /// Where the settings stand.
  var configPath: String { isGGUF ? path : "\(path)/config.json" }
}

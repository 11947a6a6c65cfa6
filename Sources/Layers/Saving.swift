import Checkpoints
import Display
import Tensors

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension Network {
  /// Writes the network as a folder: `config.json` and `model.safetensors`.
  ///
  /// ```swift
  /// try network.save(to: "tiny-gpt")
  /// let again = try Network(checkpoint: Checkpoint(path: "tiny-gpt"))
  /// ```
  /// A network that came from a checkpoint, or from an architecture that transformers has a class for (`.gpt2`, `.llama`, `.bert`, `.t5`),
  /// is written under the names that transformers reads; the tokenizer and the settings of generation of the folder that it came from go
  /// with it. Any other network is written under the paths of its layers; see ``Architecture/loaded(from:)``.
  ///
  /// - Parameters:
  ///   - folder: is made where it is missing; files in it are replaced.
  ///   - changes: settings of the configuration that are other than those it came with: the class, the names of labels.
  ///   - type: `.float32`, or `.bfloat16`, rounded.
  /// - Throws: `CheckpointError` when a file cannot be written.
  public func save(to folder: String, changing changes: [(String, JSON)] = [], as type: ElementType = .float32) throws {
    guard mkdir(folder, 0o777) == 0 || errno == EEXIST else {
      throw CheckpointError(file: folder, .unreadable("cannot be made: \(String(cString: strerror(errno)))"))
    }
    let tensors = names?.tensors(parameters) ?? parameters.map { (name: $0.name, shape: $0.shape, elements: $0.values) }
    try SafetensorsFile.write(tensors, as: type, to: "\(folder)/model.safetensors")
    var fields = (config ?? architecture.ownConfig).objectValue.map(Array.init) ?? []
    let typeName: JSON = type == .bfloat16 ? "bfloat16" : "float32"
    // Of the names for the type of weights, old and new, the one that is there.
    for name in ["dtype", "torch_dtype"] {
      if let index = fields.firstIndex(where: { $0.key == name }) { fields[index].value = typeName }
    }
    for (name, value) in changes {
      if let index = fields.firstIndex(where: { $0.key == name }) { fields[index].value = value } else { fields.append((name, value)) }
    }
    try writeText(JSON.object(JSON.Object(fields.map { ($0.key, $0.value) })).notebookText, to: "\(folder)/config.json")
    guard let source, source != folder else { return }
    for file in Self.companions where access("\(source)/\(file)", R_OK) == 0 { try copyFile("\(source)/\(file)", to: "\(folder)/\(file)") }
  }

  /// What lies beside a model's weights and configuration.
  private static let companions = [
    "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt",
    "vocab.json", "merges.txt", "spiece.model", "chat_template.jinja",
  ]
}

extension Architecture {
  /// What stands in the `config.json` of a network that transformers has no class for: enough to tell what the weights belong to.
  fileprivate var ownConfig: JSON {
    [
      "model_type": .string(Self.ownType), "name": .string(name), "vocabulary_size": .integer(vocabularySize),
      "context": context.map { .integer($0) } ?? .null, "width": .integer(width),
      "layers": .array(description.split(separator: "\n").map { .string(String($0)) }),
    ]
  }

  static let ownType = "beamline"

  /// A network of this architecture with the weights of a folder that ``Network/save(to:changing:as:)`` has written.
  ///
  /// ```swift
  /// try network.save(to: "mine")
  /// let again = try architecture.loaded(from: "mine")
  /// ```
  /// The layers are not in the folder, only their weights: the architecture has to be the one that was saved, or one whose weights have
  /// the same paths and shapes.
  ///
  /// - Throws: `CheckpointError` that names the first weight which is missing, is left over, or has another shape.
  public func loaded(from folder: String) throws -> Network {
    let checkpoint = try Checkpoint(path: folder)
    let kind = checkpoint.config["model_type"]?.stringValue ?? "missing"
    guard kind == Self.ownType else {
      throw CheckpointError(
        file: "\(folder)/config.json",
        .setting(
          name: "model_type", found: "\"\(kind)\"", allowed: "\"\(Self.ownType)\"; Network(checkpoint:) loads models of transformers"))
    }
    let network = initialized(seed: 0)
    var left = Set(checkpoint.names)
    for parameter in network.parameters {
      parameter.values = try checkpoint.tensor(parameter.name, shape: parameter.shape).floats()
      left.remove(parameter.name)
    }
    if let name = left.min() {
      throw CheckpointError(
        file: folder,
        .malformedTensor(name: name, field: "its layer", found: "not in this architecture", allowed: "the architecture that was saved"))
    }
    return network
  }
}

/// Copies a file whole or not at all.
private func copyFile(_ source: String, to target: String) throws(CheckpointError) {
  func failure(_ path: String, _ words: String) -> CheckpointError {
    CheckpointError(file: path, .unreadable("\(words): \(String(cString: strerror(errno)))"))
  }
  guard let input = fopen(source, "rb") else { throw failure(source, "cannot be read") }
  defer { fclose(input) }
  let temporary = target + ".partial"
  guard let output = fopen(temporary, "wb") else { throw failure(target, "cannot be written") }
  var part = [UInt8](repeating: 0, count: 1 << 16)
  var isWritten = true
  while isWritten, case let count = fread(&part, 1, part.count, input), count > 0 { isWritten = fwrite(part, 1, count, output) == count }
  isWritten = ferror(input) == 0 && isWritten
  guard fclose(output) == 0, isWritten, rename(temporary, target) == 0 else {
    let error = failure(target, "cannot be written")
    unlink(temporary)
    throw error
  }
}

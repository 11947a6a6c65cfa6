import Display

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A trained model as it lies on disk: a Hugging Face folder, a single safetensors file, or a GGUF file.
///
///     let checkpoint = try Checkpoint(path: "models/gpt2")
///     checkpoint.config["n_layer"]?.intValue                               // 12
///     let weights = try checkpoint.tensor("wte.weight", shape: [50257, 768])
///
/// A folder must hold `config.json` and either `model.safetensors` or the shards that `model.safetensors.index.json` lists.
/// Opening reads headers only; the tensors are mapped.
public struct Checkpoint: Sendable {
  /// The folder or file, as the caller named it.
  public let path: String
  /// `config.json`; an empty object for a single file.
  public private(set) var config: JSON
  /// `generation_config.json`, where the folder has one.
  public let generationConfig: JSON?
  /// Metadata of a GGUF file; empty for the other kinds.
  public let ggufMetadata: [String: GGUFValue]
  /// Whether the checkpoint is a GGUF file, whose tensors have llama.cpp's names.
  public let isGGUF: Bool
  private let byName: [String: StoredTensor]
  /// From the name that is asked for to the one in the file.
  private var naming: @Sendable (String) -> String = { $0 }

  /// Opens a folder, a `.safetensors` file or a `.gguf` file (which of the two files it is, its first bytes say).
  public init(path: String) throws(CheckpointError) {
    self.path = path
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw CheckpointError(file: path, .unreadable("cannot be opened: \(String(cString: strerror(errno)))"))
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      config = try Self.json("\(path)/config.json")
      let generationPath = "\(path)/generation_config.json"
      generationConfig = access(generationPath, F_OK) == 0 ? try Self.json(generationPath) : nil
      byName = try Self.tensors(ofFolder: path)
      ggufMetadata = [:]
      isGGUF = false
      return
    }
    config = [:]
    generationConfig = nil
    if try MappedFile(path: path).begins(with: "GGUF") {
      let file = try GGUFFile(path: path)
      byName = try Self.index(file.tensors)
      ggufMetadata = file.metadata
      isGGUF = true
    } else {
      byName = try Self.index(try SafetensorsFile(path: path).tensors)
      ggufMetadata = [:]
      isGGUF = false
    }
  }

  /// A model whose weights lie in the program itself, as a safetensors file.
  ///
  /// - Parameter weights: there as long as the process.
  package init(name: String, config: JSON, staticWeights weights: UnsafeRawBufferPointer) throws(CheckpointError) {
    path = name
    self.config = config
    generationConfig = nil
    byName = try Self.index(try SafetensorsFile(MappedFile(name: name, staticBytes: weights)).tensors)
    ggufMetadata = [:]
    isGGUF = false
  }

  /// The names of all tensors, sorted.
  public var names: [String] { byName.keys.sorted() }

  /// The tensor with this name; nil when the checkpoint has none.
  public func tensor(_ name: String) -> StoredTensor? { byName[naming(name)] }

  /// The same checkpoint, as a reader that knows other names and settings takes it.
  ///
  /// - Parameters:
  ///   - config: what `config.json` would say.
  ///   - naming: from the reader's name of a tensor to the one in the file, which errors name too.
  public func described(by config: JSON, naming: @escaping @Sendable (String) -> String) -> Checkpoint {
    var copy = self
    copy.config = config
    copy.naming = naming
    return copy
  }

  /// The tensor with this name, which must have this shape.
  ///
  /// - Throws: `CheckpointError` that names the file, the tensor, what was found and what is expected.
  public func tensor(_ name: String, shape: [Int]) throws(CheckpointError) -> StoredTensor {
    let name = naming(name)
    guard let tensor = byName[name] else { throw CheckpointError(file: path, .missing(tensor: name)) }
    guard tensor.shape == shape else {
      throw CheckpointError(file: tensor.path, .shape(tensor: name, found: tensor.shape, expected: shape))
    }
    return tensor
  }

  private static func json(_ path: String) throws(CheckpointError) -> JSON {
    let file = try MappedFile(path: path)
    defer { withExtendedLifetime(file) {} }
    let value: JSON
    do {
      value = try JSON(parsing: file.bytes)
    } catch {
      throw CheckpointError(file: path, .malformed(field: "the text", found: "not JSON (\(error))", allowed: "a JSON object"))
    }
    guard value.objectValue != nil else {
      throw CheckpointError(file: path, .malformed(field: "the text", found: value.kind, allowed: "a JSON object"))
    }
    return value
  }

  private static func tensors(ofFolder path: String) throws(CheckpointError) -> [String: StoredTensor] {
    let single = "\(path)/model.safetensors"
    let indexPath = "\(path)/model.safetensors.index.json"
    if access(single, F_OK) == 0 { return try index(try SafetensorsFile(path: single).tensors) }
    guard access(indexPath, F_OK) == 0 else {
      throw CheckpointError(file: path, .unreadable("holds neither model.safetensors nor model.safetensors.index.json"))
    }
    guard let map = try json(indexPath)["weight_map"]?.objectValue else {
      throw CheckpointError(file: indexPath, .malformed(field: "weight_map", found: "missing", allowed: "an object"))
    }
    var shards: [String: [String: StoredTensor]] = [:]
    var tensors: [String: StoredTensor] = [:]
    for (name, value) in map {
      guard let shard = value.stringValue, !shard.isEmpty, !shard.contains("/"), shard.hasSuffix(".safetensors") else {
        throw CheckpointError(
          file: indexPath,
          .malformed(
            field: "the shard of «\(name.excerpt)»", found: value.compactText.excerpt,
            allowed: "the name of a .safetensors file in the same folder"))
      }
      if shards[shard] == nil { shards[shard] = try index(try SafetensorsFile(path: "\(path)/\(shard)").tensors) }
      guard let tensor = shards[shard]?[name] else { throw CheckpointError(file: "\(path)/\(shard)", .missing(tensor: name.excerpt)) }
      tensors[name] = tensor
    }
    return tensors
  }

  private static func index(_ tensors: [StoredTensor]) throws(CheckpointError) -> [String: StoredTensor] {
    // Swift compares strings by canonical equivalence, so two names that differ only in their bytes can meet here.
    var byName: [String: StoredTensor] = [:]
    for tensor in tensors where byName.updateValue(tensor, forKey: tensor.name) != nil {
      throw CheckpointError(
        file: tensor.path, .malformedTensor(name: tensor.name.excerpt, field: "its name", found: "there twice", allowed: "once"))
    }
    return byName
  }
}

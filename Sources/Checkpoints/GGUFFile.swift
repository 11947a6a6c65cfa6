/// A file in the GGUF format of llama.cpp, version 2 or 3: metadata (architecture, tokenizer, chat template) and tensors in one file.
///
///     let file = try GGUFFile(path: "SmolLM2.gguf")
///     file.metadata["general.architecture"]?.stringValue   // "llama"
///     file.tensors[0].type                                 // .q8_0
///
/// Shapes are given from the slowest to the fastest dimension, the reverse of the file's own order. The format is defined in ggml's
/// `docs/gguf.md`. Everything the header says is checked when the file is opened.
public struct GGUFFile: Sendable {
  public let version: Int
  public let metadata: [String: GGUFValue]
  /// In the order of the header.
  public let tensors: [StoredTensor]

  /// Opens and checks a file.
  public init(path: String) throws(CheckpointError) {
    let file = try MappedFile(path: path)
    defer { withExtendedLifetime(file) {} }
    var reader = GGUFReader(file: file)
    guard file.begins(with: "GGUF") else {
      throw CheckpointError(file: path, .malformed(field: "the magic number", found: "another", allowed: "«GGUF»"))
    }
    _ = try reader.integer(UInt32.self, "the magic number")
    let version = try reader.integer(UInt32.self, "the version")
    guard version == 2 || version == 3 else {
      let isSwapped = version.byteSwapped == 2 || version.byteSwapped == 3
      let found = isSwapped ? "\(version.byteSwapped) in big-endian order" : "\(version)"
      throw CheckpointError(file: path, .malformed(field: "the version", found: found, allowed: "2 or 3, little-endian"))
    }
    let tensorCount = try reader.integer(UInt64.self, "the number of tensors")
    let pairCount = try reader.integer(UInt64.self, "the number of metadata pairs")
    // The smallest pair has 13 bytes, the smallest tensor entry 24: no count can ask for more than the file could hold.
    try reader.require(pairCount, each: 13, "the metadata pairs")
    try reader.require(tensorCount, each: 24, "the tensor entries")
    var metadata: [String: GGUFValue] = [:]
    for _ in 0..<pairCount {
      let key = try reader.string("a metadata key")
      let value = try reader.value("metadata «\(key.excerpt)»")
      guard metadata.updateValue(value, forKey: key) == nil else {
        throw CheckpointError(file: path, .malformed(field: "metadata «\(key.excerpt)»", found: "there twice", allowed: "once"))
      }
    }
    var entries: [GGUFReader.TensorEntry] = []
    var names: Set<String> = []
    for _ in 0..<tensorCount {
      let entry = try reader.tensorEntry()
      guard names.insert(entry.name).inserted else {
        throw CheckpointError(
          file: path, .malformedTensor(name: entry.name.excerpt, field: "its name", found: "there twice", allowed: "once"))
      }
      entries.append(entry)
    }
    let alignment = metadata["general.alignment"]?.intValue ?? 32
    guard alignment > 0, alignment % 8 == 0, alignment <= 1 << 20 else {
      throw CheckpointError(
        file: path, .malformed(field: "general.alignment", found: "\(alignment)", allowed: "a multiple of 8 up to \(1 << 20)"))
    }
    let dataStart = (reader.position + alignment - 1) / alignment * alignment
    var tensors: [StoredTensor] = []
    for entry in entries { tensors.append(try Self.tensor(entry, dataStart: dataStart, alignment: alignment, file)) }
    try HeaderChecks.refuseOverlap(tensors, in: path)
    self.version = Int(version)
    self.metadata = metadata
    self.tensors = tensors
  }

  private static func tensor(
    _ entry: GGUFReader.TensorEntry, dataStart: Int, alignment: Int, _ file: MappedFile
  ) throws(CheckpointError) -> StoredTensor {
    guard entry.offset % UInt64(alignment) == 0 else {
      throw CheckpointError(
        file: file.path,
        .malformedTensor(
          name: entry.name.excerpt, field: "its offset", found: "\(entry.offset)", allowed: "a multiple of the alignment, \(alignment)"))
    }
    let available = UInt64(max(0, file.bytes.count - dataStart))
    let (end, overflow) = entry.offset.addingReportingOverflow(UInt64(entry.byteCount))
    guard !overflow, end <= available else {
      throw CheckpointError(
        file: file.path,
        .truncated(part: "tensor «\(entry.name.excerpt)»", needed: overflow ? .max : end, available: available))
    }
    let start = dataStart + Int(entry.offset)
    // An empty tensor may stand at the very end, where the padded start of the data lies beyond the file.
    let range = entry.byteCount == 0 ? 0..<0 : start..<start + entry.byteCount
    return StoredTensor(name: entry.name, shape: entry.shape, type: entry.type, file: file, range: range)
  }
}

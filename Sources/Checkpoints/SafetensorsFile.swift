import Display

/// A file in the safetensors format: eight bytes of header length, a JSON header, then the tensors' bytes.
///
///     let file = try SafetensorsFile(path: "model.safetensors")
///     file.tensors.map(\.name)      // ["h.0.attn.c_attn.bias", …]
///
/// Everything the header says is checked when the file is opened: names, types, shapes, and that the tensors cover the data without
/// gap or overlap, as the format demands (https://huggingface.co/docs/safetensors).
public struct SafetensorsFile: Sendable {
  /// In the order of their bytes in the file.
  public let tensors: [StoredTensor]
  /// The `__metadata__` of the header.
  public let metadata: [String: String]

  /// The largest header that the format allows, in bytes.
  public static let maximumHeaderBytes = 100_000_000

  /// Opens and checks a file.
  public init(path: String) throws(CheckpointError) {
    try self.init(MappedFile(path: path))
  }

  init(_ file: MappedFile) throws(CheckpointError) {
    let path = file.path
    defer { withExtendedLifetime(file) {} }
    let size = file.bytes.count
    guard size >= 8 else { throw CheckpointError(file: path, .truncated(part: "the header's length", needed: 8, available: UInt64(size))) }
    let declared = UInt64(littleEndian: file.bytes.loadUnaligned(as: UInt64.self))
    guard declared >= 2, declared <= UInt64(Self.maximumHeaderBytes) else {
      throw CheckpointError(
        file: path, .malformed(field: "the header's length", found: "\(declared)", allowed: "2 to \(Self.maximumHeaderBytes) bytes"))
    }
    guard declared <= UInt64(size - 8) else {
      throw CheckpointError(file: path, .truncated(part: "the header", needed: declared, available: UInt64(size - 8)))
    }
    let headerEnd = 8 + Int(declared)
    let header: JSON
    do {
      header = try JSON(parsing: UnsafeRawBufferPointer(rebasing: file.bytes[8..<headerEnd]))
    } catch {
      throw CheckpointError(file: path, .malformed(field: "the header", found: "not JSON (\(error))", allowed: "a JSON object"))
    }
    guard let entries = header.objectValue else {
      throw CheckpointError(file: path, .malformed(field: "the header", found: header.kind, allowed: "a JSON object"))
    }
    var tensors: [StoredTensor] = []
    var metadata: [String: String] = [:]
    for (name, entry) in entries {
      if name == "__metadata__" {
        for (key, value) in entry.objectValue ?? [:] { metadata[key] = value.stringValue ?? value.compactText }
      } else {
        tensors.append(try Self.tensor(name, entry, data: headerEnd..<size, file))
      }
    }
    tensors.sort { ($0.range.lowerBound, $0.range.upperBound, $0.name) < ($1.range.lowerBound, $1.range.upperBound, $1.name) }
    try HeaderChecks.refuseOverlap(tensors, in: path)
    let covered = tensors.reduce(0) { $0 + $1.range.count }
    guard covered == size - headerEnd else {
      let found = "\(covered) bytes of tensors in \(size - headerEnd) bytes of data"
      throw CheckpointError(file: path, .malformed(field: "the data", found: found, allowed: "tensors without gaps between or after them"))
    }
    self.tensors = tensors
    self.metadata = metadata
  }

  private static func tensor(
    _ name: String, _ entry: JSON, data: Range<Int>, _ file: MappedFile
  ) throws(CheckpointError) -> StoredTensor {
    func refuse(_ field: String, _ found: JSON?, _ allowed: String) -> CheckpointError {
      let found = found.map { $0.compactText.excerpt } ?? "missing"
      return CheckpointError(file: file.path, .malformedTensor(name: name.excerpt, field: field, found: found, allowed: allowed))
    }
    guard entry.objectValue != nil else { throw refuse("its entry", entry, "an object with dtype, shape and data_offsets") }
    guard let dtype = entry["dtype"]?.stringValue, let type = ElementType(safetensorsName: dtype) else {
      let known = ElementType.allCases.filter { $0.blockCount == 1 }.map(\.rawValue).joined(separator: ", ")
      throw refuse("dtype", entry["dtype"], known)
    }
    guard let sizes = entry["shape"]?.arrayValue, sizes.count <= 16 else { throw refuse("shape", entry["shape"], "up to 16 sizes") }
    var shape: [Int] = []
    for size in sizes {
      guard case .integer(let size) = size, size >= 0 else { throw refuse("shape", entry["shape"], "integers from 0") }
      shape.append(size)
    }
    guard let bytes = HeaderChecks.byteCount(shape: shape, type: type) else {
      throw refuse("shape", entry["shape"], "a product within 64 bits")
    }
    guard let offsets = entry["data_offsets"]?.arrayValue, offsets.count == 2, case .integer(let begin) = offsets[0],
      case .integer(let end) = offsets[1], begin >= 0, end >= begin
    else { throw refuse("data_offsets", entry["data_offsets"], "two increasing integers from 0") }
    guard end <= data.count else {
      throw CheckpointError(
        file: file.path, .truncated(part: "tensor «\(name.excerpt)»", needed: UInt64(end), available: UInt64(data.count)))
    }
    guard end - begin == bytes else {
      throw refuse("data_offsets", entry["data_offsets"], "\(bytes) bytes for \(dtype) of shape \(shape)")
    }
    return StoredTensor(name: name, shape: shape, type: type, file: file, range: data.lowerBound + begin..<data.lowerBound + end)
  }
}

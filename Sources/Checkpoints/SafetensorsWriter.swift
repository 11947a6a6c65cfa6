import Display

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

extension SafetensorsFile {
  /// Writes tensors of 32-bit floats as a safetensors file that transformers reads back.
  ///
  ///     try SafetensorsFile.write(
  ///       [("classifier.weight", [3, 768], weights)], metadata: ["format": "pt"], to: "model.safetensors")
  ///
  /// The file appears whole or not at all: it is written beside the target and renamed.
  ///
  /// - Parameters:
  ///   - tensors: name, shape and elements row by row; as many elements as the shape says.
  ///   - metadata: pairs for `__metadata__`; transformers expects `format: pt`.
  ///   - type: `.float32`, or `.bfloat16` (rounded to nearest, ties to even).
  public static func write(
    _ tensors: [(name: String, shape: [Int], elements: [Float])], metadata: [String: String] = ["format": "pt"],
    as type: ElementType = .float32, to path: String
  ) throws(CheckpointError) {
    precondition(type == .float32 || type == .bfloat16, "safetensors are written as F32 or BF16, not \(type.rawValue)")
    var header: [(String, JSON)] = [("__metadata__", .object(JSON.Object(metadata.map { ($0.key, JSON.string($0.value)) })))]
    var offset = 0
    for tensor in tensors {
      precondition(
        tensor.shape.reduce(1, *) == tensor.elements.count,
        "tensor «\(tensor.name)» has shape \(tensor.shape) but \(tensor.elements.count) elements")
      let end = offset + tensor.elements.count * type.blockBytes
      header.append(
        (
          tensor.name,
          [
            "dtype": .string(type.rawValue), "shape": .array(tensor.shape.map(JSON.integer)),
            "data_offsets": [.integer(offset), .integer(end)],
          ]
        ))
      offset = end
    }
    let object = JSON.Object(header)
    precondition(object.count == header.count, "two tensors of the same name")
    var bytes = JSON.object(object).compactBytes
    // The format asks for a header that is padded with spaces to a multiple of eight.
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - bytes.count % 8) % 8))
    let temporary = path + ".partial"
    guard let stream = fopen(temporary, "wb") else { throw failure(path, "cannot be written") }
    var isWritten = withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { fwrite($0.baseAddress, 1, 8, stream) == 8 }
    isWritten = isWritten && fwrite(bytes, 1, bytes.count, stream) == bytes.count
    for tensor in tensors where isWritten && !tensor.elements.isEmpty {
      if type == .float32 {
        isWritten = fwrite(tensor.elements, 4, tensor.elements.count, stream) == tensor.elements.count
      } else {
        let rounded = tensor.elements.map(bfloat16)
        isWritten = fwrite(rounded, 2, rounded.count, stream) == rounded.count
      }
    }
    let isClosed = fclose(stream) == 0
    guard isWritten, isClosed, rename(temporary, path) == 0 else {
      let error = failure(path, "cannot be written")
      unlink(temporary)
      throw error
    }
  }

  private static func bfloat16(_ value: Float) -> UInt16 {
    if value.isNaN { return 0x7FC0 }
    let bits = value.bitPattern
    return UInt16((bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
  }

  private static func failure(_ path: String, _ words: String) -> CheckpointError {
    CheckpointError(file: path, .unreadable("\(words): \(String(cString: strerror(errno)))"))
  }
}

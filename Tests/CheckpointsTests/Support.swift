import Checkpoints
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The path of a fixture beside this file.
func fixture(_ name: String, file: String = #filePath) -> String {
  file[..<(file.lastIndex(of: "/") ?? file.startIndex)] + "/Fixtures/" + name
}

func bytes(of path: String) -> [UInt8] {
  guard let stream = fopen(path, "rb") else { return [] }
  defer { fclose(stream) }
  fseek(stream, 0, SEEK_END)
  let count = ftell(stream)
  rewind(stream)
  return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in initialized = fread(buffer.baseAddress, 1, count, stream) }
}

/// Writes bytes to a file of its own, runs the body with its path, and removes it.
func withFile<Result>(_ bytes: [UInt8], _ body: (String) throws -> Result) rethrows -> Result {
  var template = Array("/tmp/beamline-test-XXXXXX".utf8CString)
  let descriptor = mkstemp(&template)
  let path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  defer { unlink(path) }
  bytes.withUnsafeBytes { buffer in
    var written = 0
    while written < buffer.count { written += write(descriptor, buffer.baseAddress! + written, buffer.count - written) }
  }
  close(descriptor)
  return try body(path)
}

/// The refusal's sentence with the path replaced, so that it can be compared as full text.
func refusal(_ bytes: [UInt8], _ open: (String) throws -> Void) -> String {
  withFile(bytes) { path in
    do {
      try open(path)
      return "accepted"
    } catch {
      return "\(error)".replacing(path, with: "FILE")
    }
  }
}

extension String {
  fileprivate func replacing(_ part: String, with other: String) -> String {
    guard hasPrefix(part) else { return self }
    return other + dropFirst(part.count)
  }
}

/// A safetensors file of this header and data.
func safetensors(_ header: String, data: Int, declared: UInt64? = nil) -> [UInt8] {
  withUnsafeBytes(of: (declared ?? UInt64(header.utf8.count)).littleEndian) { Array($0) } + Array(header.utf8)
    + [UInt8](repeating: 0, count: data)
}

/// Repeatable random numbers (SplitMix64).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads whole files of text.
enum TextFile {
  /// Larger files are refused: the largest tokenizers have some 40 MB.
  static let maximumSize = 1 << 30

  static func exists(_ path: String) -> Bool { access(path, R_OK) == 0 }

  static func read(_ path: String) throws(TokenizerError) -> String {
    let bytes = try bytes(of: path)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw TokenizerError(file: path, reason: .notUTF8(byte: firstInvalidByte(of: bytes)))
    }
    return text
  }

  private static func bytes(of path: String) throws(TokenizerError) -> [UInt8] {
    func failure() -> TokenizerError { TokenizerError(file: path, reason: .unreadable(String(cString: strerror(errno)))) }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw failure() }
    defer { close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw failure() }
    if status.st_size > maximumSize {
      throw TokenizerError(file: path, reason: .invalid("has \(status.st_size) bytes; at most \(maximumSize) are read"))
    }
    var bytes = [UInt8](repeating: 0, count: max(Int(status.st_size), 0) + 1)
    var count = 0
    while true {
      let room = bytes.count - count
      let got = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + count, room) }
      if got < 0 {
        if errno == EINTR { continue }
        throw failure()
      }
      if got == 0 { break }
      count += got
      if count == bytes.count { bytes.append(contentsOf: repeatElement(0, count: count)) }
      if count > maximumSize { throw TokenizerError(file: path, reason: .invalid("has more than \(maximumSize) bytes")) }
    }
    bytes.removeLast(bytes.count - count)
    return bytes
  }

  private static func firstInvalidByte(of bytes: [UInt8]) -> Int {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var position = 0
    while true {
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar): position += UTF8.width(scalar)
      case .emptyInput, .error: return position
      }
    }
  }
}

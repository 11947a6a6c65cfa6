internal import Glibc

/// Whole files, as text and as bytes.
enum TextFile {
  /// - Throws: ``DataError`` for a file that cannot be read or is not UTF-8.
  static func read(_ path: String) throws(DataError) -> String {
    guard let stream = fopen(path, "rb") else { throw DataError(path, "cannot be opened: \(String(cString: strerror(errno)))") }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, stream)
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    guard ferror(stream) == 0 else { throw DataError(path, "cannot be read: \(String(cString: strerror(errno)))") }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw DataError(path, "is not UTF-8 text") }
    return text
  }

  /// Writes a file as a whole or not at all.
  static func write(_ text: String, to path: String) throws(DataError) {
    let bytes = Array(text.utf8)
    let temporary = path + ".partial"
    let stream = fopen(temporary, "wb")
    let isWritten = stream.map { fwrite(bytes, 1, bytes.count, $0) == bytes.count } ?? false
    let isClosed = stream.map { fclose($0) == 0 } ?? false
    guard isWritten, isClosed, rename(temporary, path) == 0 else {
      throw DataError(path, "cannot be written: \(String(cString: strerror(errno)))")
    }
  }

  /// Makes a folder, and those that it lies in.
  static func makeFolder(_ path: String) throws(DataError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
      guard mkdir(made, 0o777) == 0 || errno == EEXIST else {
        throw DataError(path, "cannot be made: \(String(cString: strerror(errno)))")
      }
    }
  }

  static func exists(_ path: String) -> Bool { access(path, R_OK) == 0 }
}

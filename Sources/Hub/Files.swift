#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The few things that a cache does with files.
enum Files {
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Bytes of a file; nil when there is none.
  static func size(_ path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
  }

  static func bytes(_ path: String) -> [UInt8]? {
    guard let stream = fopen(path, "rb") else { return nil }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&part, 1, part.count, stream)
      if count == 0 { return ferror(stream) == 0 ? bytes : nil }
      bytes += part[..<count]
    }
  }

  static func text(_ path: String) -> String? { bytes(path).map { String(decoding: $0, as: UTF8.self) } }

  /// Makes a folder and those above it.
  static func makeFolder(_ path: String) throws {
    if exists(path) { return }
    if let slash = path.lastIndex(of: "/"), slash > path.startIndex { try makeFolder(String(path[..<slash])) }
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw unwritable(path) }
  }

  /// Writes a file whole or not at all.
  static func write(_ text: String, to path: String) throws {
    let temporary = "\(path).\(getpid()).tmp"
    guard let stream = fopen(temporary, "wb") else { throw unwritable(path) }
    let count = text.utf8.count
    let isWritten = fwrite(text, 1, count, stream) == count
    guard fclose(stream) == 0, isWritten, rename(temporary, path) == 0 else {
      let error = unwritable(path)
      unlink(temporary)
      throw error
    }
  }

  /// Bytes that are free to this user on the disk of a folder.
  static func free(at folder: String) -> Int? {
    var status = statvfs()
    return statvfs(folder, &status) == 0 ? Int(status.f_bavail) * Int(status.f_frsize) : nil
  }

  static func unwritable(_ path: String) -> HubError { HubError(path, .unwritable(String(cString: strerror(errno)))) }
}

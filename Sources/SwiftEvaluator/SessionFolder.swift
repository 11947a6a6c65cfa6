internal import Glibc

/// A folder for the modules and shared objects of one session, removed with it.
struct SessionFolder: Sendable {
  let path: String

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  init() throws {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    SessionFolder.removeAbandoned(in: base)
    var template = Array("\(base)/beamline-\(getpid())-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw Failure(description: "No folder for compiled cells can be made in \(base): \(String(cString: strerror(errno)))")
    }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  func remove() { SessionFolder.remove(path) }

  private static func remove(_ path: String) {
    for name in names(in: path) where unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
    rmdir(path)
  }

  /// A session that was killed could not clean up.
  private static func removeAbandoned(in base: String) {
    for name in names(in: base) where name.hasPrefix("beamline-") {
      let parts = name.split(separator: "-")
      guard parts.count == 3, let process = pid_t(parts[1]), kill(process, 0) != 0, errno == ESRCH else { continue }
      remove("\(base)/\(name)")
    }
  }

  /// The names of what a folder holds; none when it cannot be read.
  static func names(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var result: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { result.append(name) }
    }
    return result
  }
}

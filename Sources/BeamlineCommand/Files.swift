import Glibc

/// - Throws: ``Failure`` with the path and the system's reason.
func readFile(_ path: String) throws -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw systemFailure("\(path) cannot be read") }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  while true {
    let count = try withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { chunk -> Int in
      let count = read(descriptor, chunk.baseAddress, chunk.count)
      guard count >= 0 else { throw systemFailure("\(path) cannot be read") }
      bytes.append(contentsOf: chunk.prefix(count))
      return count
    }
    if count == 0 { return bytes }
  }
}

/// Replaces a file as a whole: a reader sees the old bytes or the new ones, never half of them.
func writeFile(_ path: String, _ bytes: [UInt8]) throws {
  // A link is followed, so that what it points to is replaced and not the link.
  let target = realpath(path, nil).map { resolved in
    defer { free(resolved) }
    return String(cString: resolved)
  }
  let path = target ?? path
  let temporary = "\(path).\(getpid()).new"
  let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
  guard descriptor >= 0 else { throw systemFailure("\(path) cannot be written") }
  var written = 0
  while written < bytes.count {
    let count = bytes[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if count < 0 {
      let failure = systemFailure("\(path) cannot be written")
      close(descriptor)
      unlink(temporary)
      throw failure
    }
    written += count
  }
  close(descriptor)
  var old = stat()
  if stat(path, &old) == 0 { chmod(temporary, old.st_mode & 0o7777) }
  guard rename(temporary, path) == 0 else {
    let failure = systemFailure("\(path) cannot be written")
    unlink(temporary)
    throw failure
  }
}

/// - Throws: ``Failure``, when a file could not be written there: it is a folder, or its folder is missing or closed.
func checkWritable(_ path: String) throws {
  var status = stat()
  if stat(path, &status) == 0 {
    if status.st_mode & S_IFMT == S_IFDIR { throw Failure("\(path) cannot be written: it is a folder") }
    guard access(path, W_OK) == 0 else { throw systemFailure("\(path) cannot be written") }
  }
  guard access(parentFolder(of: path), W_OK | X_OK) == 0 else { throw systemFailure("\(path) cannot be written") }
}

/// Makes a folder and those above it, where they are missing.
func makeFolder(_ path: String) throws {
  if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
  guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
    throw systemFailure("the folder \(path) cannot be made")
  }
  try makeFolder(String(path[..<slash]))
  guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw systemFailure("the folder \(path) cannot be made") }
}

/// The names of the files in a folder, in order; nil when there is no such folder.
func filesInFolder(_ path: String) -> [String]? {
  guard let folder = opendir(path) else { return nil }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) { String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names.sorted()
}

/// A path from the root; one that is relative is taken from the current folder.
func absolutePath(_ path: String) throws -> String {
  if path.hasPrefix("/") { return path }
  guard let folder = getcwd(nil, 0) else { throw systemFailure("the current folder is not known") }
  defer { free(folder) }
  return String(cString: folder) + "/" + path
}

/// What comes before the last «/» of an absolute path.
func parentFolder(of path: String) -> String {
  let folder = path.lastIndex(of: "/").map { path[..<$0] } ?? ""
  return folder.isEmpty ? "/" : String(folder)
}

/// The path of this program, with links followed.
func pathOfThisProgram() throws -> String {
  guard let path = realpath("/proc/self/exe", nil) else { throw systemFailure("the path of this program is not known") }
  defer { free(path) }
  return String(cString: path)
}

/// The value of an environment variable; nil when it is empty or not set.
func environment(_ name: String) -> String? {
  guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { return nil }
  return value
}

func systemFailure(_ what: String) -> Failure { Failure("\(what): \(String(cString: strerror(errno)))") }

internal import Glibc

/// An empty module for which compilers that were started ahead wait.
///
/// It is compiled once for a toolchain and kept beside the cache of cells. Its name appears in the interfaces of cells, so that a copy also
/// lies in the session's folder, where the editor's compiler finds it.
///
/// A compiler lists the folders of modules when it looks for the first one, so one that waits would not find the cells that were compiled
/// since. But the gate's module brings a folder of its own, as modules made for debugging do, and that is listed when the module is loaded.
struct Gate: Sendable {
  static let module = "CellGate"

  /// The module, which leads to the session's folder.
  let content: [UInt8]

  /// The folder in the module as it is compiled, as long as any that takes its place.
  private static let placeholder = Array(("/" + String(repeating: "beamline", count: 31)).utf8)

  private init?(_ module: [UInt8], leadingTo folder: String) {
    // A file of Swift's begins with these bytes: one that was cut off by a full disk does not pass for one.
    guard module.starts(with: [0xe2, 0x9c, 0xa8, 0x0e]), module.count < Gate.maximumSize,
      let range = module.firstRange(of: Gate.placeholder), folder.utf8.count <= range.count
    else { return nil }
    let padding = [UInt8](repeating: UInt8(ascii: "/"), count: range.count - folder.utf8.count)
    content = module[..<range.lowerBound] + Array(folder.utf8) + padding + module[range.upperBound...]
  }

  /// More could block the writer, because a named pipe holds so much.
  private static let maximumSize = 64 << 10

  /// Takes the module that an earlier session has left in `home`; nil when there is none.
  init?(keptIn home: String, for identity: Digest, leadingTo folder: String) {
    self.init(Gate.read(Gate.path(in: home, for: identity)), leadingTo: folder)
  }

  /// Compiles the module and keeps it in `home`; nil when that fails.
  init?(compiledBy toolchain: Toolchain, keptIn home: String, for identity: Digest, leadingTo folder: String) {
    let path = "\(folder)/\(Gate.module)-new.swiftmodule"
    let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { close(nothing) }
    let arguments = [
      "-frontend", "-emit-module", "-primary-file", "-", "-module-name", Gate.module, "-parse-as-library", "-parse-stdlib",
      "-swift-version", "5", "-serialize-debugging-options", "-I", String(decoding: Gate.placeholder, as: UTF8.self), "-o", path,
    ]
    guard let process = try? ChildProcess(toolchain.frontend, arguments, descriptors: [0: nothing, 1: nothing, 2: nothing]),
      process.wait() == 0
    else { return nil }
    let module = Gate.read(path)
    unlink(path)
    self.init(module, leadingTo: folder)
    _ = writeFile(module, at: Gate.path(in: home, for: identity))
  }

  private static func read(_ path: String) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    return readAll(descriptor)
  }

  private static func path(in folder: String, for identity: Digest) -> String { "\(folder)/gate-\(identity).swiftmodule" }
}

/// Writes a file so that others see either all of it or none; false when that cannot be done.
func writeFile(_ content: [UInt8], at path: String) -> Bool {
  let temporary = "\(path).\(getpid()).\(UInt32.random(in: .min ... .max))"
  let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
  guard descriptor >= 0 else { return false }
  let isWritten = writeAll(descriptor, content)
  // A disk may say only now that it is full.
  guard close(descriptor) == 0, isWritten, rename(temporary, path) == 0 else {
    unlink(temporary)
    return false
  }
  return true
}

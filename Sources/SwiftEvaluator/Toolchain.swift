internal import CProcess
internal import Glibc

/// The compiler, the linker and the libraries that cells are made with: those of the toolchain whose runtime this process has loaded.
struct Toolchain: Sendable {
  /// The folder that holds `bin` and `lib`.
  var root: String
  /// Where this program's binary is: beside it are the worker, the cells' library and its modules.
  var products: String
  var linker: String

  var frontend: String { root + "/bin/swift-frontend" }
  var runtimeLibraries: String { root + "/lib/swift/linux" }
  var symbolizer: String { root + "/bin/llvm-symbolizer" }
  var worker: String { products + "/beamline-worker" }
  var editor: String { products + "/beamline-editor" }
  var sourceKit: String { root + "/lib/libsourcekitdInProc.so" }
  var cellLibrary: String { products + "/libBeamline.so" }
  var modules: String { products + "/Modules" }
  /// C targets whose modules the cells' library mentions: without library evolution a client of the library loads them too.
  let moduleMaps: [String]
  var startObject: String { "\(runtimeLibraries)/\(Toolchain.architecture)/swiftrt.o" }

  static var architecture: String {
    #if arch(arm64)
      "aarch64"
    #else
      "x86_64"
    #endif
  }

  /// What the compiler is: another one makes other things of the same text.
  var compilerIdentity: Digest { Toolchain.identity(of: [frontend, linker, startObject]) }

  /// What cells are compiled against: the cells' library and its modules.
  var libraryIdentity: Digest {
    let interfaces = SessionFolder.names(in: modules).filter { $0.hasSuffix(".swiftmodule") }.sorted().map { "\(modules)/\($0)" }
    return Toolchain.identity(of: [cellLibrary, worker] + interfaces + moduleMaps)
  }

  /// Files by path, size and time of change: to read them all at every start would take longer than to compile a cell.
  private static func identity(of files: [String]) -> Digest {
    var text = ""
    for path in files {
      var status = stat()
      let path = resolved(path) ?? path
      if stat(path, &status) == 0 { text += "\(path) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)\n" }
    }
    return Digest(of: text.utf8)
  }

  /// Finds everything, or says in one sentence what is missing.
  init(products: String? = nil) throws(MissingPart) {
    guard let runtime = Toolchain.path(ofSymbol: "swift_retain"), let range = runtime.lastRange(of: "/lib/swift/linux/") else {
      throw MissingPart(what: "a Swift toolchain: this program's runtime is not part of one")
    }
    root = String(runtime[..<range])
    let folder = if let products { products } else { try Toolchain.ownFolder() }
    self.products = folder
    moduleMaps = Toolchain.moduleMaps(in: folder)
    linker = ""
    for candidate in Toolchain.linkers(root: root) where access(candidate, X_OK) == 0 {
      linker = candidate
      break
    }
    if linker.isEmpty { throw MissingPart(what: "a linker (ld, from the package binutils)") }
    for (path, what) in [
      (frontend, "the compiler"), (startObject, "the runtime's start object"), (worker, "the worker (build the product beamline-worker)"),
      (cellLibrary, "the cells' library (build the product Beamline)"),
    ] where access(path, R_OK) != 0 {
      throw MissingPart(what: "\(what), \(path)")
    }
  }

  struct MissingPart: Error, CustomStringConvertible {
    var what: String
    var description: String { "Cells cannot be compiled: missing is \(what)." }
  }

  /// The fastest first: for one small object, ld.bfd takes 4 ms, ld.gold 8, ld.lld 10.
  private static func linkers(root: String) -> [String] {
    ["/usr/bin/ld.bfd", "/usr/bin/ld", "/usr/bin/ld.gold", root + "/bin/ld.lld"]
  }

  /// Every target in C has a folder with its module map beside the products; a map that nobody asks for costs nothing.
  private static func moduleMaps(in products: String) -> [String] {
    guard let folder = opendir(products) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".build") { names.append(name) }
    }
    return names.sorted().map { "\(products)/\($0)/module.modulemap" }.filter { access($0, R_OK) == 0 }
  }

  private static func path(ofSymbol name: String) -> String? {
    guard let path = beamline_file_of_function(name) else { return nil }
    return resolved(String(cString: path))
  }

  private static func ownFolder() throws(MissingPart) -> String {
    guard let path = resolved("/proc/self/exe"), let slash = path.lastIndex(of: "/") else { throw MissingPart(what: "/proc") }
    return String(path[..<slash])
  }

  private static func resolved(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }
}

extension String {
  fileprivate func lastRange(of part: String) -> String.Index? {
    var index = endIndex
    while index > startIndex {
      index = self.index(before: index)
      if self[index...].hasPrefix(part) { return index }
    }
    return nil
  }
}

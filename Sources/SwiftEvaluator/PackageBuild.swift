import Display
internal import Glibc
internal import Synchronization

/// Packages that were built together and can be loaded: one dynamic library, and what the compiler must know to import its modules.
struct BuiltPackages: Sendable, Equatable {
  /// Names the requests that were built; the same for the same lines.
  var key: String
  var library: String
  /// Changes whenever the library does.
  var stamp: String
  /// Modules that cells can import, without those that only serve the build.
  var modules: [String]
  var compilerArguments: [String]
  /// `swift-algorithms 1.2.1`
  var summary: String
  /// Folders whose names need not be said when a file in them is named.
  var roots: [String]

  /// A file of the packages as a person knows it: `Geometry/Sources/Geometry/Circle.swift`.
  func shortName(of path: String) -> String? {
    roots.first { path.hasPrefix($0 + "/") }.map { String(path.dropFirst($0.count + 1)) }
  }
}

/// Builds Swift packages with SwiftPM, as dependencies of a package of its own in the user's cache folder.
///
/// The folder is kept, so that the next kernel finds everything built. What SwiftPM passes to the compiler of the package that depends on
/// all others (search paths, module maps of C targets, macros) is what cells need too: it is read from the description of the build.
final class PackageBuild: Sendable {
  private let toolchain: Toolchain
  private let requests: [PackageRequest]
  private let folder: String
  private let key: String
  private let isStopped: @Sendable () -> Bool
  private let report: @Sendable (String) -> Void

  /// - Parameters:
  ///   - isStopped: whether the person has interrupted the cell; asked ten times a second.
  ///   - report: gets each line that says how far the build has come.
  init(
    _ requests: [PackageRequest], toolchain: Toolchain, isStopped: @escaping @Sendable () -> Bool,
    report: @escaping @Sendable (String) -> Void
  ) {
    self.requests = requests
    self.toolchain = toolchain
    self.isStopped = isStopped
    self.report = report
    let digest = "\(toolchain.root)\n\(requests)".utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    key = "NotebookPackages" + String(digest, radix: 16)
    folder = CompileCache.home + "/packages/" + key
  }

  struct Interrupted: Error {}

  /// - Throws: ``PackageFailure`` or ``Interrupted``.
  func run() throws -> BuiltPackages {
    var products = requests.map(\.products)
    for index in requests.indices where products[index].isEmpty {
      if case .repository = requests[index].source, checkout(of: requests[index]) == nil {
        try write(products: products)
        try swift("package", ["resolve"], failing: "\(requests[index].identity) could not be fetched")
      }
      products[index] = try libraries(of: requests[index])
    }
    try write(products: products)
    do {
      let names = requests.map(\.identity).joined(separator: ", ")
      try swift("build", ["-c", "release", "--product", key], failing: "\(names) could not be built")
    } catch let failure as PackageFailure {
      throw try explained(failure)
    }
    return try result()
  }

  /// A product that does not exist: SwiftPM says so in terms of the folder here.
  private func explained(_ failure: PackageFailure) throws -> PackageFailure {
    guard let match = failure.message.firstMatch(of: #/product '(?<product>[^']+)' required by package '[^']*' target '[^']*' not found/#),
      let request = requests.first(where: { $0.products.contains(String(match.product)) })
    else { return failure }
    let known = try libraries(of: request)
    let closest = closestWord(to: String(match.product), among: known).map { "; did you mean \($0)?" } ?? ""
    return PackageFailure(
      "The package \(request.identity) has no product «\(match.product)»\(closest.isEmpty ? "." : closest) "
        + "Its libraries are \(known.joined(separator: ", ")).")
  }

  // MARK: The package that depends on all others

  private func write(products: [[String]]) throws {
    var targets: [String] = []
    for (request, names) in zip(requests, products) {
      targets += names.map { ".product(name: \"\($0)\", package: \"\(request.identity)\")" }
    }
    let manifest = """
      // swift-tools-version: 6.0
      import PackageDescription

      let package = Package(
        name: "\(key)",
        products: [.library(name: "\(key)", type: .dynamic, targets: ["\(key)"])],
        dependencies: [
          \(requests.map(\.dependency).joined(separator: ",\n    "))
        ],
        targets: [
          .target(name: "\(key)", dependencies: [\(targets.joined(separator: ", "))])
        ])

      """
    let sources = "\(folder)/Sources/\(key)"
    guard CompileCache.makeFolder(sources) else { throw PackageFailure("The folder \(sources) cannot be made.") }
    try write(manifest, to: folder + "/Package.swift")
    try write("// What cells import is linked into one library.\n", to: sources + "/Empty.swift")
  }

  /// Leaves a file alone that says the same already: SwiftPM goes by the time of its last change.
  private func write(_ text: String, to path: String) throws {
    let old = open(path, O_RDONLY | O_CLOEXEC)
    if old >= 0 {
      let bytes = readAll(old)
      close(old)
      if bytes == Array(text.utf8) { return }
    }
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0, writeAll(file, Array(text.utf8)), close(file) == 0 else {
      throw PackageFailure("\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
  }

  // MARK: SwiftPM

  /// Runs a tool of SwiftPM on this package, or on another.
  private func swift(_ tool: String, _ arguments: [String], on path: String? = nil, failing sentence: String) throws {
    let (status, output) = try run(tool, arguments, on: path, isReported: true)
    if status != 0 { throw PackageLog(output, in: folder).failure(sentence) }
  }

  private func run(_ tool: String, _ arguments: [String], on path: String?, isReported: Bool) throws -> (status: Int32, output: String) {
    let output = Pipe()
    defer { close(output.read) }
    let process: ChildProcess
    do {
      let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
      defer {
        close(output.write)
        close(nothing)
      }
      process = try ChildProcess(
        "\(toolchain.root)/bin/swift-\(tool)", ["--package-path", path ?? folder] + arguments,
        descriptors: [0: nothing, 1: output.write, 2: output.write])
    } catch {
      throw PackageFailure("\(error)")
    }
    var bytes: [UInt8] = []
    var lineStart = 0
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      var source = pollfd(fd: output.read, events: Int16(POLLIN), revents: 0)
      if poll(&source, 1, 100) == 0 {
        guard isStopped() else { continue }
        process.killGroup()
        process.wait()
        throw Interrupted()
      }
      let count = read(output.read, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { break }
      bytes += chunk[..<count]
      while isReported, let end = bytes[lineStart...].firstIndex(of: UInt8(ascii: "\n")) {
        report(String(decoding: bytes[lineStart..<end], as: UTF8.self))
        lineStart = end + 1
      }
    }
    return (process.wait(), String(decoding: bytes, as: UTF8.self))
  }

  /// The libraries that a package offers.
  private func libraries(of request: PackageRequest) throws -> [String] {
    guard let path = checkout(of: request) else {
      throw PackageFailure("The package \(request.identity) was not found after it was fetched.")
    }
    let (status, output) = try run("package", ["dump-package"], on: path, isReported: false)
    guard status == 0, let start = output.firstIndex(of: "{"), let manifest = try? JSON(parsing: Array(output[start...].utf8)) else {
      throw PackageLog(output, in: folder).failure("The manifest of \(request.identity) could not be read")
    }
    let names = (manifest["products"]?.arrayValue ?? []).filter { $0["type"]?["library"] != nil }.compactMap { $0["name"]?.stringValue }
    if names.isEmpty { throw PackageFailure("The package \(request.identity) has no library that a cell could import.") }
    return names
  }

  /// Where the package's sources are; nil while they are not fetched.
  private func checkout(of request: PackageRequest) -> String? {
    switch request.source {
    case .folder(let path): return path
    case .repository:
      let path = "\(folder)/.build/checkouts/\(request.identity)"
      return access(path, R_OK) == 0 ? path : nil
    }
  }

  // MARK: What was built

  private func result() throws -> BuiltPackages {
    let products = folder + "/.build/release"
    let library = "\(products)/lib\(key).so"
    var status = stat()
    guard stat(library, &status) == 0, let arguments = compilerArguments() else {
      throw PackageFailure("SwiftPM built \(requests.map(\.identity).joined(separator: ", ")), but left no library in \(products).")
    }
    var modules = SessionFolder.names(in: products + "/Modules").filter { $0.hasSuffix(".swiftmodule") }.map { String($0.dropLast(12)) }
    modules.removeAll { $0 == key }
    return BuiltPackages(
      key: key, library: library, stamp: "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec).\(status.st_size)", modules: modules.sorted(),
      compilerArguments: arguments,
      summary: requests.map { $0.identity + (version(of: $0).map { " " + $0 } ?? "") }.joined(separator: ", "),
      roots: [folder + "/.build/checkouts"] + requests.compactMap(\.parentFolder))
  }

  /// The version that was chosen.
  private func version(of request: PackageRequest) -> String? {
    guard case .repository(let address, _) = request.source else { return nil }
    let file = open(folder + "/Package.resolved", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let pins = (try? JSON(parsing: readAll(file)))?["pins"]?.arrayValue ?? []
    let state = pins.first { $0["location"]?.stringValue == address }?["state"]
    return state?["version"]?.stringValue ?? state?["branch"]?.stringValue ?? state?["revision"]?.stringValue
  }

  /// Of the arguments that SwiftPM compiles its dependent with, those that make modules and macros known.
  private func compilerArguments() -> [String]? {
    let file = open(folder + "/.build/release.yaml", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let marker = "\"-module-name\",\"\(key)\",\"-emit-dependencies\""
    let lines = String(decoding: readAll(file), as: UTF8.self).split(separator: "\n")
    guard let line = lines.first(where: { $0.contains(marker) }), let start = line.firstIndex(of: "["),
      case .array(let values)? = try? JSON(parsing: Array(line[start...].utf8))
    else { return nil }
    let all = values.compactMap(\.stringValue)
    var kept: [String] = []
    var index = 0
    while index + 1 < all.count {
      let pair = [all[index], all[index + 1]]
      switch all[index] {
      case "-I", "-F", "-plugin-path": kept += pair
      case "-Xcc" where all[index + 1].hasPrefix("-fmodule-map-file="): kept += pair
      case "-Xcc" where all[index + 1] == "-I" && index + 3 < all.count:
        kept += [all[index], "-I", all[index + 2], all[index + 3]]
        index += 2
      case "-Xfrontend" where all[index + 1] == "-load-plugin-executable" && index + 3 < all.count:
        kept += ["-load-plugin-executable", all[index + 3]]
        index += 2
      case "-load-plugin-executable": kept += pair
      default: index -= 1
      }
      index += 2
    }
    return kept
  }
}

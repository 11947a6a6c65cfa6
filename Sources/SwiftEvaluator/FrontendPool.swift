internal import Glibc
internal import Synchronization

/// Compilers that wait for a cell, and the names of the modules that cells become.
///
/// Two wait for cells as they usually are, so that one is ready when cells come without a pause; one more that optimises, once a cell has
/// asked for such a one.
final class FrontendPool: Sendable {
  private struct State {
    /// Oldest first.
    var waiting: [Frontend] = []
    var wanted: [Bool: Int] = [false: 2, true: 0]
    var serial = 0
    var gate: Gate?
    /// Arguments of every cell's compiler beside the usual ones.
    var extra: [String] = []
    /// Modules that later cells import anyway, loaded before the text comes.
    var preloaded: [String] = []
    var isClosed = false
  }

  private let toolchain: Toolchain
  private let folder: String
  private let state = Mutex(State())
  private let cleaning = Background()
  /// Tells this session's modules from those of others, which the cache brings.
  private let session: String

  init(toolchain: Toolchain, folder: String) {
    self.toolchain = toolchain
    self.folder = folder
    let digits = String(UInt32.random(in: .min ... .max), radix: 16)
    session = String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// A compiler for a script. Throws when none can be started.
  func take(isOptimised: Bool, script: (_ module: String) -> [UInt8]) throws -> (Frontend, [UInt8]) {
    try state.withLock { state in
      state.wanted[isOptimised] = max(state.wanted[isOptimised] ?? 0, 1)
      if let index = state.waiting.firstIndex(where: { $0.isOptimised == isOptimised }) {
        let text = script(state.waiting[index].module)
        if !state.waiting[index].isGated || Frontend.fits(text) { return (state.waiting.remove(at: index), text) }
      }
      let frontend = try start(isOptimised: isOptimised, isGated: false, &state)
      return (frontend, script(frontend.module))
    }
  }

  /// Starts compilers until as many wait as are wanted.
  func fill() {
    state.withLock { state in
      // If that fails, the next cell says why.
      do {
        for (isOptimised, count) in state.wanted.sorted(by: { !$0.key && $1.key }) {
          while !state.isClosed, state.waiting.count(where: { $0.isOptimised == isOptimised }) < count {
            state.waiting.append(try start(isOptimised: isOptimised, isGated: true, &state))
          }
        }
      } catch {}
    }
  }

  private func start(isOptimised: Bool, isGated: Bool, _ state: inout State) throws -> Frontend {
    state.serial += 1
    let module = "Cell\(state.serial)_\(session)"
    let gate = isGated ? state.gate : nil
    // The gate's module leads to the session's folder.
    let more = gate == nil ? ["-I", folder] : state.preloaded.flatMap { ["-import-module", $0] }
    return try Frontend(
      toolchain.frontend, arguments: more + arguments(module: module, folder: folder, isOptimised: isOptimised, extra: state.extra),
      module: module, isOptimised: isOptimised, folder: folder, gate: gate)
  }

  private func arguments(module: String, folder: String, isOptimised: Bool, extra: [String]) -> [String] {
    let path = "\(folder)/\(module)"
    // Swift 5 mode: in mode 6 the variables of a script belong to the main actor, and closures over them do not compile.
    // Without access control, what an earlier cell declared can be extended and conform as if it stood in the same file.
    return [
      "-module-name", module, "-swift-version", "5", isOptimised ? "-O" : "-Onone", "-gline-tables-only",
      "-enable-testing", "-disable-access-control", "-disable-objc-interop", "-enable-bare-slash-regex",
      "-sil-verify-none", "-disable-llvm-verify",
      "-package-name", "Notebook", "-entry-point-function-name", "\(module)_main",
      "-emit-module-path", path + ".swiftmodule", "-emit-module-doc-path", path + ".swiftdoc", "-o", path + ".o", "-I",
      toolchain.modules, "-diagnostic-style", "llvm",
      "-no-color-diagnostics", "-in-process-plugin-server-path", toolchain.root + "/lib/swift/host/libSwiftInProcPluginServer.so",
      "-plugin-path", toolchain.root + "/lib/swift/host/plugins", "-module-cache-path", FrontendPool.moduleCache,
    ] + toolchain.moduleMaps.flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] } + extra
  }

  /// All arguments that have a say in what a cell becomes, without the names that differ from session to session.
  func identity(isOptimised: Bool) -> String {
    let extra = state.withLock { $0.extra }
    return arguments(module: "Cell", folder: "", isOptimised: isOptimised, extra: extra).joined(separator: "\n")
  }

  /// Shared by all sessions: the C library's module is compiled into it once. A home that cannot be written to must not keep cells from running.
  private static let moduleCache: String = {
    let usual = CompileCache.home + "/modules"
    return CompileCache.makeFolder(usual) ? usual : "/tmp/beamline-modules-\(getuid())"
  }()

  // MARK: What compilers are started with

  /// From now on compilers wait at a gate, or at none.
  func use(_ gate: Gate?) { change { $0.gate = gate } }

  func setArguments(_ extra: [String]) {
    change { $0.extra = extra }
    fill()
  }

  /// Has modules loaded ahead that every cell from now on imports.
  func preload(_ modules: [String]) {
    if state.withLock({ $0.preloaded == modules }) { return }
    change { $0.preloaded = modules }
    fill()
  }

  /// Compilers that wait already were started with something else.
  private func change(_ body: (inout State) -> Void) {
    let old = state.withLock { state in
      body(&state)
      defer { state.waiting = [] }
      return state.waiting
    }
    cleaning.run { for frontend in old { frontend.discard() } }
  }

  /// Takes away what a compiler that was used leaves behind, a moment later.
  func clean(_ frontend: Frontend) { cleaning.run { frontend.clean() } }

  func shutdown() {
    state.withLock { $0.isClosed = true }
    change { _ in }
    cleaning.finish()
  }
}

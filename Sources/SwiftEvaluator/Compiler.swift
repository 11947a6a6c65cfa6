internal import Glibc
internal import Synchronization

/// Turns a cell into a shared object that the worker can load: from the cache, or by the compiler and the linker.
final class Compiler: Sendable {
  struct Output: Sendable {
    var module: String
    /// Path of the shared object.
    var sharedObject: String
    /// Libraries that the imported modules ask for, by their link names (`Foundation`).
    var libraries: [String]
    /// Everything that the compiler said, as text: warnings.
    var messages: String
    /// The clauses of `#if` that were compiled.
    var clauses: Set<Int>

    var entry: String { "\(module)_main" }
  }

  enum Failure: Error {
    case rejected(messages: String)
    case interrupted
    /// The compiler or the linker itself failed: a crash of the compiler, a full disk.
    case broken(String)
  }

  /// One compilation that is under way, to be stopped from another thread.
  final class Ticket: Sendable {
    private let state = Mutex<(frontend: Frontend?, isCancelled: Bool)>((nil, false))

    func cancel() {
      state.withLock { state in
        state.isCancelled = true
        state.frontend?.kill()
      }
    }

    var isCancelled: Bool { state.withLock { $0.isCancelled } }

    fileprivate func watch(_ frontend: Frontend) {
      state.withLock { state in
        state.frontend = frontend
        if state.isCancelled { frontend.kill() }
      }
    }

    /// Also says whether it was stopped before.
    fileprivate func finish() -> Bool {
      state.withLock { state in
        state.frontend = nil
        return state.isCancelled
      }
    }
  }

  private struct State {
    /// Modules whose shared object was handed out, so that it may be loaded already.
    var used: Set<String> = []
    /// What was compiled ahead and not run yet.
    var ready: [Digest: Outcome] = [:]
    /// How often the compiler was asked.
    var compilations = 0
  }

  private enum Outcome {
    case accepted(Output)
    case rejected(messages: String)
  }

  private let toolchain: Toolchain
  /// Where modules and objects of this session lie.
  let folder: String
  private let pool: FrontendPool
  private let linker: Linker
  private let cache: CompileCache
  private let state = Mutex(State())
  private let base: Digest
  private let preparing = Background()

  init(toolchain: Toolchain, folder: String, cacheFolder: String? = nil) throws {
    self.toolchain = toolchain
    self.folder = folder
    linker = Linker(toolchain: toolchain)
    let cacheFolder = cacheFolder ?? CompileCache.home
    cache = CompileCache(folder: cacheFolder + "/cells")
    pool = FrontendPool(toolchain: toolchain, folder: folder)
    let compiler = toolchain.compilerIdentity
    base = Digest(of: compiler.bytes + toolchain.libraryIdentity.bytes)
    if let gate = Gate(keptIn: cacheFolder, for: compiler, leadingTo: folder) {
      install(gate)
      pool.fill()
    } else {
      pool.fill()
      preparing.run { [self] in
        guard let gate = Gate(compiledBy: self.toolchain, keptIn: cacheFolder, for: compiler, leadingTo: self.folder) else { return }
        install(gate)
        pool.fill()
      }
    }
  }

  private func install(_ gate: Gate) {
    // For the editor's compiler, which meets the name in the interfaces of cells.
    if writeFile(gate.content, at: "\(folder)/\(Gate.module).swiftmodule") { pool.use(gate) }
  }

  /// What decides beside a cell's text what it becomes.
  func identity(isOptimised: Bool) -> Digest { Digest(of: base.bytes + Array(pool.identity(isOptimised: isOptimised).utf8)) }

  /// How many cells were given to the compiler: those that the cache did not have.
  var compilations: Int { state.withLock { $0.compilations } }

  /// Arguments for the compiler from the next cell on, beside the usual ones (`-I`, `-Xcc …`).
  func setArguments(_ extra: [String]) { pool.setArguments(extra) }

  /// Has modules loaded ahead that every cell from now on imports.
  func preload(_ modules: [String]) { pool.preload(modules) }

  /// What messages call the text that was compiled, where they do not speak of the cell.
  static let sourceName = "<stdin>"

  // MARK: Compiling

  /// Compiles a cell that will run only later, if at all: ``compile(_:ticket:)`` finds it.
  func compileAhead(_ plan: CellPlan, ticket: Ticket) throws(Failure) -> Output {
    if case .accepted(let output)? = state.withLock({ $0.ready[plan.key] }) { return output }
    do {
      let output = try make(plan, ticket: ticket)
      state.withLock { $0.ready[plan.key] = .accepted(output) }
      return output
    } catch {
      if case .rejected(let messages) = error { state.withLock { $0.ready[plan.key] = .rejected(messages: messages) } }
      throw error
    }
  }

  /// The shared object of a cell that is about to run.
  func compile(_ plan: CellPlan, ticket: Ticket = Ticket()) throws(Failure) -> Output {
    switch state.withLock({ $0.ready.removeValue(forKey: plan.key) }) {
    case .accepted(let output): return output
    case .rejected(let messages): throw .rejected(messages: messages)
    case nil: return try make(plan, ticket: ticket)
    }
  }

  /// The worker is a new one, which has loaded nothing.
  func forgetLoadedModules() {
    state.withLock { state in
      state.used = []
      state.ready = [:]
    }
  }

  private func make(_ plan: CellPlan, ticket: Ticket) throws(Failure) -> Output {
    if let entry = cache.entry(for: plan.key), let output = try output(of: entry, plan: plan) { return output }
    var result = try run(plan, ticket: ticket)
    // The compiler did not stop at the gate, or not only there: do without it.
    if !result.hasSeenText {
      pool.use(nil)
      result = try run(plan, ticket: ticket)
    }
    let (module, text) = (result.module, result.messages)
    if result.isRejected {
      cache.keep(
        CompileCache.Entry(
          module: module, isAccepted: false, messages: text, libraries: [], clauses: [], sharedObject: [], interface: [], documentation: []),
        for: plan.key)
      throw .rejected(messages: text)
    }
    let files = Frontend.Files(products: "\(folder)/\(module)")
    let shared = "\(folder)/\(module).so"
    let object = ObjectFile(path: files.object)
    try linker.link(files.object, into: shared)
    ModuleName.hide(module, inSharedObject: shared)
    unlink(files.object)
    let clauses = (0..<plan.syntax.clauses.count).filter { object.mentions(CellRewriter.clauseName($0) + "OMn") }
    let output = Output(module: module, sharedObject: shared, libraries: object.libraries, messages: text, clauses: Set(clauses))
    keep(output, files, for: plan.key)
    state.withLock { _ = $0.used.insert(module) }
    return output
  }

  private struct Result {
    var module: String
    var messages: String
    var isRejected: Bool
    var hasSeenText: Bool
  }

  private func run(_ plan: CellPlan, ticket: Ticket) throws(Failure) -> Result {
    state.withLock { $0.compilations += 1 }
    let frontend: Frontend
    let script: [UInt8]
    do {
      (frontend, script) = try pool.take(isOptimised: plan.isOptimised) { Array(plan.script(module: $0).utf8) }
    } catch {
      throw .broken("The compiler could not be started: \(error)")
    }
    ticket.watch(frontend)
    frontend.give(script)
    pool.fill()
    var said: [UInt8] = []
    let ending = frontend.wait(saying: &said)
    let wasCancelled = ticket.finish()
    pool.clean(frontend)
    if wasCancelled { throw .interrupted }
    let module = frontend.module
    let messages = String(decoding: said, as: UTF8.self).replacing(frontend.sourceName, with: Compiler.sourceName)
    let files = Frontend.Files(products: "\(folder)/\(module)")
    if case .ended(let status) = ending, status != 0 {
      // An exit code of 1 is the compiler's word; a signal is its own crash.
      guard status & 0x7f == 0, messages.contains("error:") else {
        throw .broken(
          "The Swift compiler crashed on this cell, which is a mistake of the compiler (signal \(status & 0x7f)). It said: "
            + (messages.split(separator: "\n").first.map(String.init) ?? "nothing."))
      }
      return Result(
        module: module, messages: messages, isRejected: true,
        hasSeenText: !frontend.isGated || frontend.hasWaited && !messages.contains(Gate.module))
    }
    let hasSeenText = !frontend.isGated || frontend.hasWaited && ObjectFile(path: files.object).mentions(Scope.marker(of: module))
    return Result(module: module, messages: messages, isRejected: false, hasSeenText: hasSeenText)
  }

  // MARK: The cache

  /// Puts what the cache has of a cell where the worker and later compilers find it; nil when it cannot be used.
  private func output(of entry: CompileCache.Entry, plan: CellPlan) throws(Failure) -> Output? {
    if !entry.isAccepted { throw .rejected(messages: entry.messages) }
    let files = Frontend.Files(products: "\(folder)/\(entry.module)")
    let shared = "\(folder)/\(entry.module).so"
    let output = Output(
      module: entry.module, sharedObject: shared, libraries: entry.libraries, messages: entry.messages, clauses: Set(entry.clauses))
    let isNew = state.withLock { $0.used.insert(entry.module).inserted }
    // A module that is loaded already can run again, if it has no variables of its own.
    if !isNew { return plan.declaresNothing ? output : nil }
    for (content, path) in [
      (entry.sharedObject, shared), (entry.interface, files.interface), (entry.documentation, files.documentation),
    ] where !writeFile(content, at: path) { return nil }
    return output
  }

  private func keep(_ output: Output, _ files: Frontend.Files, for key: Digest) {
    preparing.run { [cache] in
      func content(_ path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        return readAll(descriptor)
      }
      let entry = CompileCache.Entry(
        module: output.module, isAccepted: true, messages: output.messages, libraries: output.libraries, clauses: output.clauses.sorted(),
        sharedObject: content(output.sharedObject), interface: content(files.interface), documentation: content(files.documentation))
      // They are gone when the session has ended meanwhile.
      if !entry.sharedObject.isEmpty, !entry.interface.isEmpty { cache.keep(entry, for: key) }
    }
  }

  /// Waits until the cache has what it is to keep.
  func finish() {
    preparing.finish()
    cache.finish()
  }

  func shutdown() {
    finish()
    pool.shutdown()
  }
}

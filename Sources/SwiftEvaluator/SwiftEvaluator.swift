internal import Glibc
import Display
import JupyterKernel
internal import Synchronization

/// Runs cells of real Swift: each is compiled as a module of its own, loaded into a worker process, and sees what the cells before it declared.
public final class SwiftEvaluator: Evaluator {
  public let language: LanguageInfo

  let toolchain: Toolchain
  private let folder: SessionFolder
  let compiler: Compiler
  private let foresight: Foresight
  private let sourceKit: SourceKit
  /// Belongs to the one thread that evaluates cells.
  private let notebook: Mutex<Notebook>
  let current: Mutex<Current>

  /// What other threads need to know while the notebook itself is in use.
  struct Current {
    var worker: WorkerProcess?
    var isRunning = false
    var isInterrupted = false
    /// How many cells have been begun.
    var cells = 0
    /// The compilation of the running cell.
    var ticket = Compiler.Ticket()
    /// What completion sees: the notebook after the last cell that has ended.
    var scope = Scope()
    var numbers: [String: String] = [:]
    /// What makes the modules of packages known to a compiler.
    var packageArguments: [String] = []
  }

  struct Notebook {
    var base = Foresight.Base()
    var report = Report()
    /// Cells that have begun to run, by the numbers that the worker knows them by.
    var begun: [UInt32: (module: String, sharedObject: String, map: SourceMap, name: String)] = [:]
    var libraries: Set<String> = []
    /// What `%package` has brought in.
    var packages: [BuiltPackages] = []
    /// How long the last cell's compilation was waited for.
    var compilation = Duration.zero

    /// Frames in packages are numbered from here on, in order; those in cells stay below.
    static let numberOfFirstPackage: UInt32 = 1 << 31
  }

  /// Where the worker, the cells' library and its modules are, when they are not beside this program (tests).
  public struct Configuration: Sendable {
    public var products: String?
    /// Where compiled cells are kept for other sessions, when not in the user's cache folder.
    public var cache: String?
    public init(products: String? = nil, cache: String? = nil) {
      self.products = products
      self.cache = cache
    }
  }

  /// Starts the worker and the first compiler, and returns at once.
  ///
  /// - Throws: one sentence that says what is missing to compile cells.
  public init(configuration: Configuration = Configuration()) throws {
    // A compiler or a worker that ends while it is written to is found out by other means.
    signal(SIGPIPE, SIG_IGN)
    toolchain = try Toolchain(products: configuration.products)
    folder = try SessionFolder()
    let compiler = try Compiler(toolchain: toolchain, folder: folder.path, cacheFolder: configuration.cache)
    self.compiler = compiler
    foresight = Foresight(compiler: compiler) { cell, base in
      // What a directive does decides how the cell is compiled.
      guard let (directives, swift) = try? Directive.cut(from: cell.text), !directives.contains(where: \.hasEffect) else { return nil }
      return CellPlan(
        Cell(text: swift, number: cell.number), settings: Directive.settings(directives), scope: base.scope, keys: base.keys,
        identity: compiler.identity)
    }
    sourceKit = SourceKit(toolchain: toolchain)
    notebook = Mutex(Notebook())
    current = Mutex(Current(worker: try WorkerProcess(toolchain: toolchain)))
    language = LanguageInfo(
      name: "swift", version: SwiftEvaluator.languageVersion, mimeType: "text/x-swift", fileExtension: ".swift", pygmentsLexer: "swift",
      codeMirrorMode: "swift")
  }

  private static var languageVersion: String {
    #if compiler(>=6.4)
      "6.4"
    #elseif compiler(>=6.3)
      "6.3"
    #elseif compiler(>=6.2)
      "6.2"
    #elseif compiler(>=6.1)
      "6.1"
    #else
      "6.0"
    #endif
  }

  public func evaluate(_ cell: Cell, emit: @escaping @Sendable (CellOutput) -> Void) -> CellOutcome {
    let ticket = Compiler.Ticket()
    current.withLock { current in
      current.isRunning = true
      current.isInterrupted = false
      current.ticket = ticket
      current.cells += 1
    }
    defer { current.withLock { $0.isRunning = false } }
    return notebook.withLock { notebook in
      let outcome = obey(cell, in: &notebook, ticket: ticket, emit: emit)
      current.withLock { current in
        current.scope = notebook.base.scope
        current.numbers = notebook.report.numbers
      }
      return outcome
    }
  }

  public func foresee(_ cells: [Cell]) { foresight.expect(cells) }

  func evaluate(
    _ cell: Cell, settings: CellSettings, in notebook: inout Notebook, ticket: Compiler.Ticket,
    emit: @escaping @Sendable (CellOutput) -> Void
  ) -> CellOutcome {
    let plan = plan(cell, settings, notebook)
    foresight.meet(plan)
    if plan.syntax.isEmpty { return .finished }
    notebook.report.cells[plan.name] = plan.map.lines
    let output: Compiler.Output
    let start = ContinuousClock.now
    do {
      defer { notebook.compilation = ContinuousClock.now - start }
      output = try compiler.compile(plan, ticket: ticket)
    } catch {
      return rejection(of: plan, error, settings, notebook)
    }
    notebook.report.numbers[output.module] = plan.name
    let warnings = diagnostics(output.messages, plan).filter(\.isWorthShowing)
    if !warnings.isEmpty { emit(.text(notebook.report.warnings(warnings), .standardError)) }
    return run(plan, output, in: &notebook, emit: emit)
  }

  private func plan(_ cell: Cell, _ settings: CellSettings, _ notebook: Notebook, isPlain: Bool = false) -> CellPlan {
    CellPlan(
      cell, settings: settings, scope: notebook.base.scope, keys: notebook.base.keys, identity: compiler.identity, isPlain: isPlain)
  }

  private func run(
    _ plan: CellPlan, _ output: Compiler.Output, in notebook: inout Notebook, emit: @escaping @Sendable (CellOutput) -> Void
  ) -> CellOutcome {
    let number = UInt32(notebook.begun.count + 1)
    notebook.begun[number] = (output.module, output.sharedObject, plan.map, plan.name)
    guard let worker = try? livingWorker(&notebook) else {
      return .lost(CellFailure(name: "WorkerDied", message: "No process for cells can be started.", traceback: []))
    }
    for library in output.libraries where notebook.libraries.insert(library).inserted {
      if let path = path(of: library) { worker.load(library: path) }
    }
    // Under the lock: an interrupt comes either before this, and the cell does not begin, or after it, and the worker knows of the cell.
    let hasBegun = current.withLock { current in
      if !current.isInterrupted { worker.begin(cell: number, sharedObject: output.sharedObject, entry: output.entry) }
      return !current.isInterrupted
    }
    if !hasBegun { return interrupted(report: notebook.report, places: []) }
    foresight.begin(plan.cell, leadingTo: notebook.base.after(plan, output))
    switch worker.follow(emit: emit) {
    case .ended(let end):
      notebook.base = notebook.base.after(plan, output, reached: end.how == .finished ? .max - 1 : end.reached)
      compiler.preload(notebook.base.scope.wholeImports)
      return outcome(of: end, in: notebook)
    case .notLoaded(let reason):
      return .rejected(notebook.report.failure(name: "LinkError", message: reason, places: []))
    case .died(let status):
      return lost(status, &notebook)
    }
  }

  // MARK: How a cell ended

  private func diagnostics(_ messages: String, _ plan: CellPlan) -> [Diagnostic] {
    Diagnostic.parse(messages) { file, line, column in
      // A cell with `#sourceLocation()` of its own goes back to counting the lines of what was compiled.
      let line = file == Compiler.sourceName ? line - plan.linesBefore : line
      // A place in generated text, or in the interface of an earlier cell's module, says nothing to a person.
      guard file == plan.name || file == Compiler.sourceName, (1...plan.map.lines.count).contains(line) else { return (nil, line, column) }
      return (plan.name, line, plan.map.originalColumn(line: line, column: column))
    }
  }

  private func rejection(
    of plan: CellPlan, _ failure: Compiler.Failure, _ settings: CellSettings, _ notebook: Notebook
  ) -> CellOutcome {
    guard case .rejected(let messages) = failure,
      plan.syntax.tree.hasError || diagnostics(messages, plan).contains(where: \.speaksOfInsertion)
    else { return outcome(of: failure, plan, notebook.report) }
    // Where a mistake runs into one of the insertions (`print("a` and no closing quote), the compiler's word on the text without them.
    let plain = self.plan(plan.cell, settings, notebook, isPlain: true)
    do {
      _ = try compiler.compile(plain)
      return outcome(of: failure, plan, notebook.report)
    } catch {
      return outcome(of: error, plain, notebook.report)
    }
  }

  private func outcome(of failure: Compiler.Failure, _ plan: CellPlan, _ report: Report) -> CellOutcome {
    switch failure {
    case .interrupted: return interrupted(report: report, places: [])
    case .broken(let message): return .rejected(report.failure(name: "CompileError", message: message, places: []))
    case .rejected(let messages):
      var shown: [Diagnostic] = []
      var isBehindError = false
      for diagnostic in diagnostics(messages, plan) {
        // A note belongs to the message before it; a note without a place would point into generated text.
        if diagnostic.severity != .note { isBehindError = diagnostic.severity == .error }
        guard isBehindError, !shown.contains(diagnostic),
          diagnostic.severity == .error || diagnostic.cell != nil || diagnostic.namesRequirement
        else { continue }
        shown.append(diagnostic)
      }
      // Not a word about the cell: the compiler could not do its own work (a full disk, a cache that cannot be written).
      if shown.isEmpty { return .rejected(report.failure(name: "CompileError", message: messages, places: [])) }
      return .rejected(report.rejection(shown))
    }
  }

  private func outcome(of end: WorkerProcess.End, in notebook: Notebook) -> CellOutcome {
    if end.how == .finished { return .finished }
    var report = notebook.report
    let (places, innermost) = places(of: end.frames, in: notebook, quoting: &report)
    switch end.how {
    case .finished: return .finished
    case .threw: return .threw(report.failure(name: end.name, message: end.message, places: places))
    case .exited:
      if end.number == 0 { return .finished }
      return .threw(
        report.failure(
          name: "Exit", message: "exit(\(end.number)) was called", places: places, remark: "The notebook goes on; its variables are kept."))
    case .interrupted: return interrupted(report: report, places: places)
    case .hadNoInput:
      return .threw(
        report.failure(
          name: "NoInput", message: "the cell reads a line, and this front end cannot be asked for one (allow_stdin is false)",
          places: places))
    case .overflowed:
      return .crashed(report.failure(name: "StackOverflow", message: "the recursion has used up the stack of 512 MB", places: places))
    case .trapped: return .crashed(report.failure(name: "Trap", message: Trap.words(end.message, function: innermost), places: places))
    }
  }

  private func interrupted(report: Report, places: [Report.Place]) -> CellOutcome {
    .interrupted(report.failure(name: "Interrupted", message: "the cell was stopped; its variables are kept", places: places))
  }

  /// The lines of cells and packages that the frames lie in, and the name of the innermost function: for a trap without a message it says
  /// what failed.
  private func places(
    of frames: [WorkerProcess.End.Frame], in notebook: Notebook, quoting report: inout Report
  ) -> ([Report.Place], String) {
    let symbolizer = Symbolizer(toolchain: toolchain)
    var found: [Int: [Symbolizer.Location]] = [:]
    var innermost = ""
    for cell in Set(frames.map(\.cell)) {
      let indices = frames.indices.filter { frames[$0].cell == cell }
      if cell >= Notebook.numberOfFirstPackage {
        let package = notebook.packages[Int(cell - Notebook.numberOfFirstPackage)]
        let locations = symbolizer.locations(of: indices.map { frames[$0].offset }, in: package.library)
        for (index, list) in zip(indices, locations) {
          if index == 0 { innermost = list.first?.function ?? "" }
          found[index] = list.compactMap { report.quote($0, of: package) }
        }
        continue
      }
      guard let object = notebook.begun[cell] else { continue }
      let locations = symbolizer.locations(of: indices.map { frames[$0].offset }, in: object.sharedObject)
      for (index, list) in zip(indices, locations) {
        if index == 0 { innermost = list.first?.function ?? "" }
        found[index] = list.compactMap { location in
          // Where optimised code was inlined, the compiler names its own file, with the cell's lines.
          guard location.file == object.name || location.file == "-" || location.file == "\(object.module).swift",
            location.line > 0, location.line <= object.map.lines.count
          else { return nil }
          var location = location
          location.file = object.name
          location.column = location.column > 0 ? object.map.originalColumn(line: location.line, column: location.column) : 0
          return location
        }
      }
    }
    let all = frames.indices.flatMap { found[$0] ?? [] }
    let places = all.map { Report.Place(cell: $0.file, line: $0.line, column: $0.column, function: Symbolizer.plainName($0.function)) }
    return (places, innermost)
  }

  private func lost(_ status: Int32, _ notebook: inout Notebook) -> CellOutcome {
    let signal = status & 0x7f
    let how = signal == 0 ? "ended with status \(status >> 8 & 0xff)" : "was ended by signal \(signal) (\(Trap.name(ofSignal: signal)))"
    let names = notebook.base.scope.names
    let listed = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? " and \(names.count - 12) more" : "")
    let lost = names.isEmpty ? "Nothing had been declared." : "Lost are \(listed): run their cells again."
    let report = notebook.report
    forgetAll(&notebook)
    current.withLock { current in
      current.worker?.close()
      current.worker = nil
    }
    do {
      let worker = try WorkerProcess(toolchain: toolchain)
      current.withLock { $0.worker = worker }
    } catch {
      // The next cell tries again, and says so if that fails too.
    }
    return .lost(
      report.failure(
        name: "WorkerDied", message: "the process that held the variables \(how)", places: [], remark: "\(lost) A fresh process is ready."))
  }

  /// The notebook of a fresh process.
  func forgetAll(_ notebook: inout Notebook) {
    let report = notebook.report
    let hadPackages = !notebook.packages.isEmpty
    notebook = Notebook()
    notebook.report = report
    compiler.preload(notebook.base.scope.wholeImports)
    if hadPackages { compiler.setArguments([]) }
    foresight.forget()
    compiler.forgetLoadedModules()
    current.withLock { $0.packageArguments = [] }
  }

  func livingWorker(_ notebook: inout Notebook) throws -> WorkerProcess {
    if let worker = current.withLock({ $0.worker }) { return worker }
    let worker = try WorkerProcess(toolchain: toolchain)
    current.withLock { $0.worker = worker }
    return worker
  }

  /// Where a library that modules ask for lies; nil for those of the C library, which every process has.
  private func path(of library: String) -> String? {
    for folder in [toolchain.runtimeLibraries, toolchain.products] {
      let path = "\(folder)/lib\(library).so"
      if access(path, R_OK) == 0 { return path }
    }
    return nil
  }

  // MARK: From other threads

  var isInterrupted: Bool { current.withLock { $0.isInterrupted } }

  public func interrupt() {
    let cell = current.withLock { current -> Int? in
      guard current.isRunning else { return nil }
      let isFirst = !current.isInterrupted
      current.isInterrupted = true
      current.worker?.interrupt()
      current.ticket.cancel()
      return isFirst ? current.cells : nil
    }
    foresight.interrupt()
    if let cell { watch(cell) }
  }

  /// A cell that can be stopped in no way (it holds a lock for ever, it has ended its own thread) costs the process in the end.
  private func watch(_ cell: Int) {
    let evaluator = Unmanaged.passRetained(Watched(evaluator: self, cell: cell))
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { argument in
        let watched = Unmanaged<Watched>.fromOpaque(argument!).takeRetainedValue()
        sleep(SwiftEvaluator.patience)
        watched.evaluator.current.withLock { current in
          if current.isRunning, current.cells == watched.cell { current.worker?.kill() }
        }
        return nil
      }, evaluator.toOpaque())
    if status == 0 { pthread_detach(thread) } else { evaluator.release() }
  }

  private final class Watched: Sendable {
    let evaluator: SwiftEvaluator
    let cell: Int
    init(evaluator: SwiftEvaluator, cell: Int) {
      self.evaluator = evaluator
      self.cell = cell
    }
  }

  /// How long an interrupted cell may take to come back, in seconds.
  private static let patience: UInt32 = 15

  public func answer(_ answer: InputAnswer) { current.withLock { $0.worker }?.answer(answer) }

  public func completeness(of text: String) -> Completeness { Completeness(of: Directive.masked(text)) }

  public func completions(in text: String, at position: Int) -> Completions {
    Directive.completions(in: text, at: position) ?? editor.completions(in: Directive.masked(text), at: position)
  }

  public func inspection(of text: String, at position: Int, isDetailed: Bool) -> MIMEBundle? {
    Directive.inspection(of: text, at: position) ?? editor.inspection(of: Directive.masked(text), at: position, isDetailed: isDetailed)
  }

  private var editor: EditorServices {
    let (scope, numbers, arguments) = current.withLock { ($0.scope, $0.numbers, $0.packageArguments) }
    return EditorServices(
      sourceKit: sourceKit, toolchain: toolchain, folder: folder.path, prelude: scope.fullPrelude, packageArguments: arguments,
      numbers: numbers)
  }

  public func shutdown() {
    sourceKit.shutdown()
    foresight.forget()
    compiler.shutdown()
    current.withLock { current in
      current.worker?.shutdown()
      current.worker = nil
    }
    folder.remove()
  }
}

extension SwiftEvaluator {
  /// Runs like a cell: what handles the message is contained, stopped and reported as one.
  public func receive(_ message: CommMessage, request: String, emit: @escaping @Sendable (CellOutput) -> Void) -> CellOutcome {
    current.withLock { current in
      current.isRunning = true
      current.isInterrupted = false
      current.cells += 1
    }
    defer { current.withLock { $0.isRunning = false } }
    return notebook.withLock { notebook in
      guard let worker = try? livingWorker(&notebook) else { return .finished }
      worker.begin(message, request: request)
      switch worker.follow(emit: emit) {
      case .ended(let end): return outcome(of: end, in: notebook)
      case .notLoaded: return .finished
      case .died(let status): return lost(status, &notebook)
      }
    }
  }
}

extension Diagnostic {
  /// «protocol requires property 'mimeBundle'»: true wherever the protocol was declared.
  fileprivate var namesRequirement: Bool { severity == .note && message.hasPrefix("protocol requires ") }

  /// The message names something that the cell's author has not written.
  fileprivate var speaksOfInsertion: Bool { message.contains("_cell") || message.contains("_Cell") }

  /// Warnings that help in a notebook. What cells do all the time is no mistake: to extend a type of another cell, to ignore a value.
  fileprivate var isWorthShowing: Bool {
    guard severity == .warning, cell != nil else { return false }
    let usual = [
      "declares a conformance of imported type", "is unused", "no calls to throwing functions", "no 'async' operations occur",
      "will never be executed",
    ]
    return !usual.contains { message.contains($0) }
  }
}

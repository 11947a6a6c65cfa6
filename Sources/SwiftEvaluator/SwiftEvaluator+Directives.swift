import Display
internal import Glibc
import JupyterKernel

extension SwiftEvaluator {
  /// Obeys a cell's directives, in order, and runs what is left of it.
  func obey(
    _ cell: Cell, in notebook: inout Notebook, ticket: Compiler.Ticket, emit: @escaping @Sendable (CellOutput) -> Void
  ) -> CellOutcome {
    let directives: [Directive]
    var rest = cell
    do {
      (directives, rest.text) = try Directive.cut(from: cell.text)
    } catch {
      return .rejected(failure("DirectiveError", error.message, at: error.line, of: cell, in: notebook))
    }
    for directive in directives {
      if isInterrupted { return .interrupted(notebook.report.failure(name: "Interrupted", message: "the cell was stopped", places: [])) }
      switch directive.name {
      case .help: emit(.display(Directive.help.mimeBundle, identifier: nil))
      case .time, .optimise: break
      case .limit:
        guard let limit = limit(directive.arguments[0]) else {
          let message = "«\(directive.arguments[0])» is no number of characters; «none» shows all"
          return .rejected(failure("DirectiveError", message, at: directive.line, of: cell, in: notebook))
        }
        emit(.limit(text: limit == .max ? nil : limit))
      case .vars: if let failed = showVariables(&notebook, ticket: ticket, emit: emit) { return failed }
      case .restart: restart(&notebook, emit: emit)
      case .package:
        // All of a cell are built together, when the first comes.
        guard directive == directives.first(where: { $0.name == .package }) else { continue }
        if let failed = bringIn(directives.filter { $0.name == .package }, of: cell, in: &notebook, emit: emit) { return failed }
      }
    }
    let watch = directives.contains { $0.name == .time } ? CellWatch(worker: current.withLock { $0.worker }, compiler: compiler) : nil
    notebook.compilation = .zero
    let outcome = evaluate(rest, settings: Directive.settings(directives), in: &notebook, ticket: ticket, emit: emit)
    if let watch {
      emit(.display(MIMEBundle(text: watch.sentence(compiling: notebook.compilation)), identifier: nil))
    }
    if case .rejected(var failed) = outcome, let name = Directive.misplaced(in: rest.text) {
      failed.traceback.append("(%\(name.rawValue) is a directive: it stands at the beginning of a cell, before its Swift.)")
      return .rejected(failed)
    }
    return outcome
  }

  /// «none», which is `.max`, or a number of characters.
  private func limit(_ word: String) -> Int? {
    if word == "none" { return .max }
    guard let number = Int(word.replacing("_", with: "").replacing(",", with: "")), number >= 0 else { return nil }
    return number
  }

  private func failure(_ name: String, _ message: String, at line: Int, of cell: Cell, in notebook: Notebook) -> CellFailure {
    var report = notebook.report
    let cellName = cell.number.map { "In[\($0)]" } ?? "In[*]"
    report.cells[cellName] = cell.text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
    return report.failure(name: name, message: message, places: [Report.Place(cell: cellName, line: line, column: 0)])
  }

  // MARK: %vars

  /// Shows the notebook's variables, with the help of a small cell that looks at them; an outcome when that fails.
  private func showVariables(
    _ notebook: inout Notebook, ticket: Compiler.Ticket, emit: @escaping @Sendable (CellOutput) -> Void
  ) -> CellOutcome? {
    let variables = notebook.base.scope.listedVariables
    if variables.isEmpty {
      emit(.display(MIMEBundle(text: "The notebook has no variables yet."), identifier: nil))
      return nil
    }
    let lines = variables.map { variable in
      let cell = JSON.string(notebook.report.numbers[variable.module] ?? "").compactText
      return variable.isComputed
        ? "_cellComputedVariable(\"\(variable.name)\", \(cell))"
        : "_cellVariable(\"\(variable.name)\", \(cell), `\(variable.name)`)"
    }
    let looking = Cell(text: lines.joined(separator: "\n") + "\n_cellVariables()", number: nil)
    let outcome = evaluate(looking, settings: CellSettings(isOptimised: false), in: &notebook, ticket: ticket) { output in
      if case .result(let bundle) = output { emit(.display(bundle, identifier: nil)) } else { emit(output) }
    }
    return outcome == .finished ? nil : outcome
  }

  // MARK: %restart

  private func restart(_ notebook: inout Notebook, emit: (CellOutput) -> Void) {
    let names = notebook.base.scope.names
    let worker = current.withLock { current in
      defer { current.worker = nil }
      return current.worker
    }
    worker?.shutdown()
    forgetAll(&notebook)
    // If that fails, the cell says so.
    _ = try? livingWorker(&notebook)
    emit(.restarted)
    let listed = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? " and \(names.count - 12) more" : "")
    let gone = names.isEmpty ? "Nothing had been declared." : "Gone are \(listed)."
    emit(.display(MIMEBundle(text: "A fresh process is ready. \(gone)"), identifier: nil))
  }

  // MARK: %package

  private func bringIn(
    _ directives: [Directive], of cell: Cell, in notebook: inout Notebook, emit: @escaping @Sendable (CellOutput) -> Void
  ) -> CellOutcome? {
    let line = directives[0].line
    var requests: [PackageRequest] = []
    let folder = getcwd(nil, 0).map { path in
      defer { free(path) }
      return String(cString: path)
    }
    for directive in directives {
      do {
        requests.append(try PackageRequest(directive.arguments, in: folder ?? "/"))
      } catch {
        return .rejected(failure("PackageError", error.message, at: directive.line, of: cell, in: notebook))
      }
    }
    let names = requests.map(\.identity).joined(separator: ", ")
    let display = "beamline-package-\(UInt64.random(in: .min ... .max))"
    emit(.display(MIMEBundle(text: "\(names) …"), identifier: display))
    func show(_ text: String) { emit(.update(MIMEBundle(text: text), identifier: display)) }
    let start = ContinuousClock.now
    let build = PackageBuild(requests, toolchain: toolchain, isStopped: { [self] in isInterrupted }) { line in
      emit(.update(MIMEBundle(text: "\(names) · \(line)"), identifier: display))
    }
    do {
      let built = try build.run()
      if let problem = load(built, into: &notebook) { throw PackageFailure(problem) }
      let seconds = readableTime((ContinuousClock.now - start) / .seconds(1))
      show("\(built.summary) is ready (\(seconds)): import \(built.modules.joined(separator: ", "))")
      return nil
    } catch let failed as PackageFailure {
      show("\(names) could not be brought in")
      var failure = failure("PackageError", failed.message, at: line, of: cell, in: notebook)
      failure.traceback += failed.details
      return .rejected(failure)
    } catch {
      show("\(names): stopped")
      return .interrupted(notebook.report.failure(name: "Interrupted", message: "the build was stopped", places: []))
    }
  }

  /// Makes what was built known to the compiler and to the worker; a sentence when that cannot be.
  private func load(_ built: BuiltPackages, into notebook: inout Notebook) -> String? {
    if let loaded = notebook.packages.first(where: { $0.key == built.key }) {
      return loaded.stamp == built.stamp
        ? nil
        : "the sources of \(built.summary) have changed, and are built; but this process has loaded what they were before. "
          + "%restart, above %package in the same cell, loads them anew"
    }
    for module in built.modules {
      if let other = notebook.packages.first(where: { $0.modules.contains(module) }) {
        return "the module \(module) is loaded already, with \(other.summary). Packages that share a module must be built together: "
          + "put their %package lines into one cell, below %restart"
      }
      if access("\(toolchain.modules)/\(module).swiftmodule", F_OK) == 0 {
        return "Beamline itself has a module \(module): a package with one of that name cannot be brought in"
      }
    }
    guard let worker = try? livingWorker(&notebook) else { return "no process for cells can be started" }
    notebook.packages.append(built)
    worker.load(library: built.library, number: Notebook.numberOfFirstPackage + UInt32(notebook.packages.count - 1))
    let stamps = notebook.packages.flatMap { Array(($0.key + $0.stamp).utf8) }
    let arguments = notebook.packages.flatMap(\.compilerArguments) + ["-DPACKAGES_\(Digest(of: stamps))"]
    compiler.setArguments(arguments)
    current.withLock { $0.packageArguments = arguments }
    return nil
  }
}

/// Measures a cell: `%time`.
private struct CellWatch {
  private let worker: WorkerProcess?
  private let compiler: Compiler
  private let start = ContinuousClock.now
  private let processor: Duration
  private let compilations: Int

  init(worker: WorkerProcess?, compiler: Compiler) {
    self.worker = worker
    self.compiler = compiler
    processor = worker?.processorTime ?? .zero
    compilations = compiler.compilations
  }

  /// `ran in 1.2 s (processor time 2.3 s) · compiled in 0.06 s`
  ///
  /// - Parameter compiling: how long the cell's own compilation was waited for.
  func sentence(compiling: Duration) -> String {
    let running = ContinuousClock.now - start - compiling
    let used = max(.zero, (worker?.processorTime ?? .zero) - processor)
    let wasKept = compiler.compilations == compilations
    let compilation = wasKept ? "was compiled before" : "compiled in \(text(compiling))"
    return "ran in \(text(running)) (processor time \(text(used))) · \(compilation)"
  }

  private func text(_ duration: Duration) -> String { readableTime(duration / .seconds(1)) }
}

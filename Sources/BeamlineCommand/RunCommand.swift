import ArgumentParser
import Glibc
import JupyterKernel
import NotebookRunner

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run a notebook here and show every cell's output; needs neither Jupyter nor Python.",
    discussion: "The exit code is 0 when every cell ran, 1 when one failed (cells with the tag raises-exception may).")

  enum Color: String, ExpressibleByArgument, CaseIterable { case auto, always, never }

  @Argument(help: "A notebook of format 4.")
  var notebook: String

  @Option(name: .shortAndLong, help: ArgumentHelp("Write the notebook with its outputs here.", valueName: "file"))
  var output: String?

  @Option(help: ArgumentHelp("Interrupt a cell that runs for longer, and stop.", valueName: "seconds"))
  var timeout: Double?

  @Option(help: "Show colours: auto means on a terminal, unless NO_COLOR is set.")
  var color = Color.auto

  func validate() throws {
    if let timeout, !(timeout > 0 && timeout < 1e9) {
      throw ValidationError("--timeout is \(timeout); it is a positive number of seconds.")
    }
  }

  func run() throws {
    var notebook: Notebook
    do {
      notebook = try Notebook(parsing: try readFile(self.notebook))
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure("\(self.notebook): \(error)")
    }
    let output = try self.output.map(absolutePath)
    // Now, and not after an hour of cells.
    if let output { try checkWritable(output) }
    // Cells find the files beside their notebook, as they do under Jupyter.
    let folder = parentFolder(of: try absolutePath(self.notebook))
    guard chdir(folder) == 0 else { throw systemFailure("the folder \(folder) cannot be entered") }
    let report = TerminalReport(usesColor: usesColor) { writeToStandardOutput($0) }
    let evaluator = try makeEvaluator()
    let runner = NotebookRunner(
      evaluator: evaluator, implementation: .beamline, report: report, timeout: timeout.map { .seconds($0) })
    try onControlC(
      first: { runner.interrupt() },
      again: {
        evaluator.shutdown()
        _exit(130)
      })
    let failed = try runner.run(&notebook)
    if let output {
      try writeFile(output, Array(notebook.text.utf8))
      writeToStandardOutput("   wrote \(self.output ?? output)\n")
    }
    if let failed { throw Failure("\(self.notebook): \(failed.sentence)") }
  }

  private var usesColor: Bool {
    switch color {
    case .auto: isatty(STDOUT_FILENO) == 1 && environment("NO_COLOR") == nil
    case .always: true
    case .never: false
    }
  }
}

/// Past the buffers of C, so that what a cell prints is seen at once.
private func writeToStandardOutput(_ text: String) {
  var text = text
  text.withUTF8 { bytes in
    var rest = UnsafeRawBufferPointer(bytes)
    while let base = rest.baseAddress, !rest.isEmpty {
      let count = write(STDOUT_FILENO, base, rest.count)
      if count < 0 {
        if errno == EINTR { continue }
        return
      }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
    }
  }
}

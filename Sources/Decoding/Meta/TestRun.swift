internal import Glibc
internal import Sandbox
internal import Synchronization

/// The tests of one program, in one or more processes.
protocol TestRun: Sendable {
  var sandbox: Sandbox { get }
  var count: Int { get }
  var limits: ProcessLimits { get }
  /// Verdicts that are known without running anything.
  var known: [TestVerdict]? { get }
  /// The program and the arguments that run the tests from a number on.
  func command(from start: Int) -> (program: String, arguments: [String])
}

/// What a test process says on descriptor 3: `kind ⇥ number ⇥ message`.
struct TestLine: Sendable {
  let kind: Substring
  /// The test; −1 for the program itself.
  let number: Int
  let message: String

  init?(_ line: String) {
    let parts = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let number = Int(parts[1]) else { return nil }
    kind = parts[0]
    self.number = number
    message = String(parts[2])
  }
}

extension TestRun {
  func verdicts() async throws -> [TestVerdict] {
    if let known { return known }
    var verdicts: [TestVerdict] = []
    while verdicts.count < count {
      let lines = Mutex<[TestLine]>([])
      let (program, arguments) = command(from: verdicts.count)
      let result = try await runTests {
        try await sandbox.run(
          // A busy machine may take long to start Python, which is nobody's fault.
          program, arguments, limits: limits, startup: 10, environment: ["PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"],
          onReport: { line in TestLine(line).map { line in lines.withLock { $0.append(line) } } })
      }
      var isReady = false
      var isOver = false
      for line in lines.withLock({ $0 }) {
        switch line.kind {
        case "start": break
        case "ready": isReady = true
        case "end": isOver = true
        case "bad": throw TestCasesError.badTest(line.message, problem: "its syntax is wrong")
        // The program itself: no test can be run.
        case _ where line.number < 0: return Array(repeating: verdict(line), count: count)
        case _ where line.number == verdicts.count: verdicts.append(verdict(line))
        default: break
        }
      }
      if isOver, verdicts.count == count { break }
      let last = verdict(result)
      if !isReady { return Array(repeating: last, count: count) }
      if verdicts.count < count { verdicts.append(last) }
    }
    return verdicts
  }

  private func verdict(_ line: TestLine) -> TestVerdict {
    switch line.kind {
    case "passed": .passed
    case "syntax": .notCompiled(line.message)
    case "memory": .tookMemory(megabytes: limits.memoryBytes >> 20)
    case "crashed": .crashed(line.message)
    default: .failed(line.message)
    }
  }

  /// What a process that ended in the middle came to.
  private func verdict(_ result: ProcessResult) -> TestVerdict {
    let memory = TestVerdict.tookMemory(megabytes: limits.memoryBytes >> 20)
    let words = result.errors.split(separator: "\n").map(String.init)
    // The words of Python and of Swift's runtime, older and newer.
    if words.contains(where: { $0.hasPrefix("MemoryError") || $0.contains("ould not allocate memory") || $0.contains("failed to allocate") }
    ) {
      return memory
    }
    let said = words.first { $0.contains("Fatal error: ") }.map { String($0[$0.firstRange(of: "Fatal error: ")!.upperBound...]) }
    switch result.ending {
    case .timedOut: return .timedOut(seconds: limits.seconds)
    case .tookMemory: return memory
    case .printedTooMuch: return .failed("it printed more than \(limits.outputBytes) bytes")
    case .wroteTooMuch: return .failed("it wrote more than \(limits.fileBytes * 4) bytes of files")
    case .exited(let code): return .crashed(said ?? "it ended itself with code \(code)")
    case .signal(let signal): return .crashed(said ?? String(cString: strsignal(Int32(signal))).lowercased())
    }
  }
}

/// What the sandbox says of itself, as an error of the tests.
func runTests<Result>(_ work: () async throws -> Result) async throws -> Result {
  do { return try await work() } catch let error as SandboxError { throw TestCasesError.cannotRun("\(error)") }
}

/// A folder with files in it.
func testFolder(_ files: KeyValuePairs<String, String>) throws -> Sandbox {
  do {
    let sandbox = try Sandbox()
    for file in files { try sandbox.write(file.value, to: file.key) }
    return sandbox
  } catch { throw TestCasesError.cannotRun("\(error)") }
}

/// The programs of the host, found once.
enum HostProgram {
  private static let found = Mutex<[String: String]>([:])

  /// Where `python3` really is: on PATH there may be a script that starts it, and a test may start nothing.
  static func python() async throws -> String {
    if let path = found.withLock({ $0["python3"] }) { return path }
    let script = try path(of: "python3")
    let folder = try testFolder([:])
    let result = try await runTests {
      try await folder.run(
        script, ["-c", "import sys; print(sys.executable)"], limits: ProcessLimits(seconds: 30), startsProcesses: true)
    }
    let path = String(result.output.split(separator: "\n").last ?? "")
    guard result.ending == .exited(0), access(path, X_OK) == 0 else { throw TestCasesError.noProgram("python3 that works") }
    found.withLock { $0["python3"] = path }
    return path
  }

  static func path(of name: String) throws(TestCasesError) -> String {
    let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    for folder in folders.split(separator: ":") where access("\(folder)/\(name)", X_OK) == 0 { return "\(folder)/\(name)" }
    throw .noProgram(name)
  }
}

internal import Sandbox

/// Tests that decide whether a text is a program that does what it should.
///
/// ```swift
/// let tests = TestCases("assert add(2, 3) == 5", "assert add(-1, 1) == 0")
/// try await tests.run("def add(a, b):\n  return a + b")      // a verdict for each test
/// nucleus.best(of: 16, by: tests)                               // the share of passed tests is the score
/// ```
/// A test is a statement of Python, or an expression or statement of Swift. The text may be the program, an answer with the program between
/// the first ``` and the next, or what comes after `beginning`: then it goes as far as the code that the beginning has begun.
///
/// A program runs in a process of its own: without network, without other processes, with limits on time and memory, and with one folder that
/// it may write to. A test that does not end, or takes the process down, has its verdict; the tests after it run in a new process.
///
/// Complexity: a process for each text and for each test that ends one; as many side by side as there are processors.
public struct TestCases: Verifier {
  public enum Language: String, Sendable {
    /// The host's `python3`.
    case python
    /// The host's `swiftc`, without optimisation.
    case swift
  }

  public let tests: [String]
  public let language: Language
  /// The code that the prompt ends with and the text goes on from.
  public let beginning: String
  let limits: ProcessLimits

  /// - Parameters:
  ///   - tests: at least one.
  ///   - beginning: `"def add(a, b):\n"`, where the text is what comes after.
  ///   - seconds: how long one test may take, above 0, at most 3,600.
  ///   - megabytes: how much memory the program may take, at least 16.
  public init(
    _ tests: String..., language: Language = .python, after beginning: String = "", seconds: Double = 5, megabytes: Int = 512
  ) {
    self.init(tests, language: language, after: beginning, seconds: seconds, megabytes: megabytes)
  }

  /// The same from tests that are read or made.
  public init(
    _ tests: [String], language: Language = .python, after beginning: String = "", seconds: Double = 5, megabytes: Int = 512
  ) {
    require(!tests.isEmpty, "TestCases(): at least one test is needed.")
    require(seconds > 0 && seconds <= 3_600, "TestCases(seconds: \(seconds)): more than 0 and at most 3,600 are allowed.")
    require((16...1 << 20).contains(megabytes), "TestCases(megabytes: \(megabytes)): from 16 to 1,048,576 are allowed.")
    self.tests = tests
    self.language = language
    self.beginning = beginning
    limits = ProcessLimits(seconds: seconds, memoryBytes: megabytes << 20)
  }

  /// Runs the tests on one text.
  ///
  /// - Throws: ``TestCasesError`` when the tests themselves cannot be run; never because of the text.
  public func run(_ text: String) async throws -> TestReport {
    let program = ProgramText(text, after: beginning, language: language).program
    let run: any TestRun =
      switch language {
      case .python: try await PythonRun(program: program, tests: tests, limits: limits)
      case .swift: try await SwiftRun(program: program, tests: tests, limits: limits)
      }
    return TestReport(program: program, tests: tests, verdicts: try await run.verdicts())
  }

  public func judge(_ texts: [String], for problem: Problem?) async throws -> [Judgement] {
    try await inParallel(texts) { try await run($0).judgement }
  }

  public var description: String {
    let shown = tests.count == 1 ? "\"\(tests[0])\"" : "\(tests.count) tests"
    return "TestCases(\(shown)\(language == .python ? "" : ", language: .\(language)"))"
  }
}

/// What came of one test.
public enum TestVerdict: Sendable, Equatable, CustomStringConvertible {
  case passed
  /// What was expected and what came, or the error that the program threw.
  case failed(String)
  case timedOut(seconds: Double)
  case tookMemory(megabytes: Int)
  /// The process ended: a trap, a signal, an exit.
  case crashed(String)
  /// The program is not one: its first mistake.
  case notCompiled(String)

  public var description: String {
    switch self {
    case .passed: "passed"
    case .failed(let message): "failed: \(message)"
    case .timedOut(let seconds): "timed out after \(seconds) s"
    case .tookMemory(let megabytes): "took more than \(megabytes) MB of memory"
    case .crashed(let message): "crashed: \(message)"
    case .notCompiled(let message): "does not compile: \(message)"
    }
  }
}

/// Why tests could not be run at all.
public enum TestCasesError: Error, Equatable, CustomStringConvertible {
  /// The host has no such program.
  case noProgram(String)
  /// A test that is not valid code.
  case badTest(String, problem: String)
  case cannotRun(String)

  public var description: String {
    switch self {
    case .noProgram(let name): "There is no \(name) on PATH, which these tests are run with."
    case .badTest(let test, let problem): "The test «\(test)» is no valid code: \(problem)."
    case .cannotRun(let problem): "The tests could not be run: \(problem)"
    }
  }
}

/// The elements' results in their order, as many at work at a time as there are processors.
func inParallel<Element: Sendable, Result: Sendable>(
  _ elements: [Element], width: Int = processorCount, _ work: @escaping @Sendable (Element) async throws -> Result
) async throws -> [Result] {
  try await withThrowingTaskGroup(of: (Int, Result).self) { group in
    var results = [Result?](repeating: nil, count: elements.count)
    for (index, element) in elements.enumerated() {
      if index >= width, let (done, result) = try await group.next() { results[done] = result }
      group.addTask { (index, try await work(element)) }
    }
    for try await (done, result) in group { results[done] = result }
    return results.map { $0! }
  }
}

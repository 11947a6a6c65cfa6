internal import Sandbox

/// Tests of a program in Swift: compiled once, with the tests behind it.
struct SwiftRun: TestRun {
  let sandbox: Sandbox
  let count: Int
  let limits: ProcessLimits
  let known: [TestVerdict]?

  init(program: String, tests: [String], limits: ProcessLimits) async throws {
    let compiler = try HostProgram.path(of: "swiftc")
    count = tests.count
    self.limits = limits
    let lines = program.split(separator: "\n", omittingEmptySubsequences: false).count
    let sandbox = try testFolder(["main.swift": "_say(\"start\", -1); " + program + "\n" + SwiftRun.harness(tests)])
    self.sandbox = sandbox
    let result = try await runTests {
      try await sandbox.run(
        compiler, ["-Onone", "-swift-version", "5", "-module-name", "tests", "-o", "tests", "main.swift"],
        limits: ProcessLimits(seconds: 300, memoryBytes: 8 << 30, fileBytes: 1 << 30), startsProcesses: true)
    }
    let mistake = result.ending == .exited(0) ? nil : try SwiftRun.mistake(result, lines)
    known = mistake.map { Array(repeating: $0, count: tests.count) }
  }

  func command(from start: Int) -> (program: String, arguments: [String]) { (sandbox.folder + "/tests", ["\(start)"]) }

  /// The first mistake that the compiler found. `main.swift:3:5: error: …`
  private static func mistake(_ result: ProcessResult, _ lines: Int) throws -> TestVerdict? {
    for line in (result.errors + result.output).split(separator: "\n") {
      guard let error = line.firstRange(of: ": error: ") else { continue }
      let message = String(line[error.upperBound...])
      let place = line[..<error.lowerBound].split(separator: ":")
      guard place.count >= 3, let number = Int(place[place.count - 2]) else { return .notCompiled(message) }
      if number <= lines { return .notCompiled("line \(number): \(message)") }
      return .notCompiled("a test: \(message)")
    }
    if result.ending == .timedOut { return .notCompiled("the compiler found no end") }
    throw TestCasesError.cannotRun("swiftc failed: \(result.errors.prefix(300))")
  }

  /// Names begin with an underscore and C functions are declared here: no module has to be loaded for the tests.
  private static func harness(_ tests: [String]) -> String {
    let calls = tests.enumerated().map { index, test in
      guard let (left, right) = sides(of: test) else { return "_test(\(index)) { \(test) }" }
      return "_compare(\(index), \(literal(left)), { \(left) }, { \(right) })"
    }
    return #"""
      @_silgen_name("write") func _write(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int
      @_silgen_name("_exit") func _end(_ code: Int32) -> Never
      func _say(_ kind: String, _ number: Int, _ message: String = "") {
        let words = message.split(whereSeparator: { $0 == "\n" || $0 == "\t" }).joined(separator: " ").prefix(500)
        let bytes = Array("\(kind)\t\(number)\t\(words)\n".utf8)
        _ = _write(3, bytes, bytes.count)
      }
      let _start = Int(CommandLine.arguments[1])!
      func _test(_ number: Int, _ body: () throws -> Bool) {
        if number < _start { return }
        do { if try body() { _say("passed", number) } else { _say("failed", number, "it is false") } }
        catch { _say("failed", number, "it throws \(error)") }
      }
      func _test(_ number: Int, _ body: () throws -> Void) {
        if number < _start { return }
        do { try body(); _say("passed", number) } catch { _say("failed", number, "it throws \(error)") }
      }
      func _compare<_Value: Equatable>(_ number: Int, _ name: String, _ left: () throws -> _Value, _ right: () throws -> _Value) {
        if number < _start { return }
        do {
          let value = try left()
          if try value == right() { _say("passed", number) } else { _say("failed", number, "\(name) is \(String(reflecting: value))") }
        } catch { _say("failed", number, "it throws \(error)") }
      }
      _say("ready", -1)
      \#(calls.joined(separator: "\n"))
      _say("end", -1)
      _end(0)
      """#
  }

  /// The two sides of a test that is one comparison for equality, so that a failure can say what the left one was.
  private static func sides(of test: String) -> (String, String)? {
    var depth = 0
    var isInString = false
    var place: String.Index?
    var index = test.startIndex
    while index < test.endIndex {
      let rest = test[index...]
      if test[index] == "\"" { isInString.toggle() }
      if !isInString {
        if "([{".contains(test[index]) { depth += 1 }
        if ")]}".contains(test[index]) { depth -= 1 }
        if depth == 0 {
          if rest.hasPrefix("&&") || rest.hasPrefix("||") || rest.hasPrefix("?") || rest.hasPrefix(";") || rest.hasPrefix("\n") {
            return nil
          }
          if rest.hasPrefix(" == ") {
            if place != nil { return nil }
            place = index
          }
        }
      }
      index = test.index(after: index)
    }
    guard let place else { return nil }
    return (String(test[..<place]), String(test[test.index(place, offsetBy: 4)...]))
  }

  private static func literal(_ text: String) -> String { text.debugDescription }
}

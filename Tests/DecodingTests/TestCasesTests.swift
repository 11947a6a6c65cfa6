import Glibc
import Testing

@testable import Decoding

private let hasPython = (try? HostProgram.path(of: "python3")) != nil
private let hasSwift = (try? HostProgram.path(of: "swiftc")) != nil

@Suite("Programs in Python are tested", .enabled(if: hasPython))
struct PythonTestCasesTests {
  private let tests = TestCases("assert add(2, 3) == 5", "assert add(-1, 1) == 0")

  private func verdict(_ program: String, seconds: Double = 5, megabytes: Int = 512) async throws -> TestVerdict {
    try await TestCases("assert f() == 1", seconds: seconds, megabytes: megabytes).run(program).verdicts[0]
  }

  @Test("A right program passes, a wrong one is told what came instead")
  func example() async throws {
    #expect(try await tests.run("def add(a, b):\n  return a + b").hasPassed)
    let wrong = try await tests.run("def add(a, b):\n  return a * b")
    #expect(wrong.verdicts == [.failed("add(2, 3) is 6"), .failed("add(-1, 1) is -1")])
    #expect(wrong.judgement == Judgement(score: 0, isAccepted: false, feedback: "«assert add(2, 3) == 5» failed: add(2, 3) is 6."))
    let half = try await tests.run("def add(a, b):\n  return a + b if a > 0 else None")
    #expect(half.judgement.score == 0.5)
    #expect(
      half.description == """
        1 of 2 tests passed
        test                    verdict
        ──────────────────────  ──────────────────────────
        assert add(2, 3) == 5   passed
        assert add(-1, 1) == 0  failed: add(-1, 1) is None
        """)
  }

  @Test("What is no program, throws, or lacks the function has its own verdict")
  func errors() async throws {
    #expect(try await verdict("def f(:\n  return 1") == .notCompiled("line 1: invalid syntax"))
    #expect(try await verdict("def f():\n  return 1 / 0") == .failed("ZeroDivisionError: division by zero"))
    #expect(try await verdict("def g():\n  return 1") == .failed("NameError: name 'f' is not defined"))
    #expect(try await verdict("raise ValueError('no')") == .failed("ValueError: no"))
    #expect(try await verdict("def f():\n  return g()\ndef g():\n  return f()").description.contains("RecursionError"))
  }

  @Test("A loop, a fork bomb, ten gigabytes, files, standard input, an endless output, an exit and a crash are contained")
  func contained() async throws {
    #expect(try await verdict("def f():\n  while True: pass", seconds: 0.5) == .timedOut(seconds: 0.5))
    #expect(try await verdict("while True: pass", seconds: 0.5) == .timedOut(seconds: 0.5))
    let bomb = try await verdict("import os\ndef f():\n  while True: os.fork()")
    #expect(bomb == .failed("BlockingIOError: [Errno 11] Resource temporarily unavailable"))
    #expect(try await verdict("def f():\n  x = bytearray(10 * 2**30)") == .tookMemory(megabytes: 512))
    #expect(try await verdict("def f():\n  x = []\n  while True: x.append(bytearray(10**6))", megabytes: 64) == .tookMemory(megabytes: 64))
    #expect(try await verdict("def f():\n  return len(open('/etc/beamline', 'w').write('x'))").description.contains("PermissionError"))
    #expect(try await verdict("def f():\n  return open('mine', 'w').write('x')") == .passed)
    #expect(try await verdict("def f():\n  return input()") == .failed("EOFError: EOF when reading a line"))
    #expect(try await verdict("def f():\n  while True: print('x' * 9999)") == .failed("it printed more than 1048576 bytes"))
    #expect(try await verdict("import sys\ndef f():\n  sys.exit(0)") == .crashed("it ends itself with 0"))
    #expect(try await verdict("import os\ndef f():\n  os._exit(0)") == .crashed("it ended itself with code 0"))
    #expect(try await verdict("import os\nos._exit(0)") == .crashed("it ended itself with code 0"))
    #expect(try await verdict("import os\ndef f():\n  os.kill(os.getpid(), 11)") == .crashed("segmentation fault"))
    #expect(try await verdict("import os\ndef f():\n  os.kill(-1, 9)").description.contains("PermissionError"))
  }

  @Test("After a test that ends the process the others still run")
  func restarts() async throws {
    let program = "import os\ndef f(n):\n  if n == 1: os._exit(3)\n  while n == 2: pass\n  return n"
    let tests = TestCases("assert f(0) == 0", "assert f(1) == 1", "assert f(2) == 2", "assert f(3) == 3", seconds: 0.5)
    #expect(
      try await tests.run(program).verdicts == [.passed, .crashed("it ended itself with code 3"), .timedOut(seconds: 0.5), .passed])
  }

  @Test("The program is found: between fences, or as what a beginning goes on with")
  func programs() async throws {
    let fenced = "Here it is:\n```python\ndef add(a, b):\n  return a + b\n```\nIt adds."
    #expect(try await tests.run(fenced).hasPassed)
    let after = TestCases("assert add(2, 3) == 5", after: "def add(a, b):\n")
    #expect(try await after.run("  return a + b\n\nprint(add('x', 1))\ndef other(").hasPassed)
    #expect(try await after.run(fenced).program == "def add(a, b):\n  return a + b")
    #expect(try await after.run("```\n  return a + b\n```").hasPassed)
  }

  @Test("Statements are tests as well; a test that is no code is the caller's mistake")
  func kinds() async throws {
    #expect(try await TestCases("x = 1\nassert x == f()").run("def f():\n  return 1").hasPassed)
    #expect(try await TestCases("assert f(), 'said'").run("def f():\n  return 0").verdicts == [.failed("said")])
    #expect(try await TestCases("assert f() in (1, 2)").run("def f():\n  return 3").verdicts == [.failed("f() is 3")])
    let error = await #expect(throws: TestCasesError.self) { try await TestCases("assert (").run("") }
    #expect(error?.description == "The test «assert (» is no valid code: its syntax is wrong.")
  }

  @Test("Many programs are judged in their order")
  func judging() async throws {
    let texts = (0..<6).map { "def add(a, b):\n  return a + b + \($0 % 2)" }
    let judgements = try await tests.judge(texts, for: nil)
    #expect(judgements.map(\.isAccepted) == [true, false, true, false, true, false])
    #expect("\(tests)" == "TestCases(2 tests)")
  }
}

@Suite("Programs in Swift are tested", .enabled(if: hasSwift))
struct SwiftTestCasesTests {
  private func verdicts(_ program: String, _ tests: String..., seconds: Double = 5) async throws -> [TestVerdict] {
    try await TestCases(tests, language: .swift, seconds: seconds).run(program).verdicts
  }

  @Test("A right program passes, a wrong one is told what came instead, a trap is a crash and the rest still runs")
  func example() async throws {
    let program = "func add(_ a: Int, _ b: Int) -> Int { [a + b, 0][a == 7 ? 2 : 0] }\nfunc spin() -> Int { while true {} }"
    let verdicts = try await verdicts(
      program, "add(2, 3) == 5", "add(2, 3) == 6", "add(7, 1) == 8", "add(1, 1) > 1 && true", "assert(add(1, 2) == 3)", "spin() == 1",
      #"String(add(1, 1)) == "2""#, seconds: 1)
    #expect(
      verdicts == [
        .passed, .failed("add(2, 3) is 5"), .crashed("Index out of range"), .passed, .passed, .timedOut(seconds: 1), .passed,
      ])
  }

  @Test("What does not compile is told with its line; memory and processes are limited as in Python")
  func contained() async throws {
    #expect(try await verdicts("func f() -> Int { g() }", "f() == 1") == [.notCompiled("line 1: cannot find 'g' in scope")])
    #expect(
      try await verdicts("func f() -> Int {\n  [UInt8](repeating: 1, count: 10 << 30).count\n}", "f() == 1") == [
        .tookMemory(megabytes: 512)
      ])
  }
}

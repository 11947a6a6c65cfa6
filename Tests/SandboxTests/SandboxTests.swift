import Glibc
import Testing

@testable import Sandbox

private let python = "/usr/bin/python3"

/// Runs a program in Python.
private func run(
  _ program: String, limits: ProcessLimits = ProcessLimits(), onReport: (@Sendable (String) -> Void)? = nil
) async throws -> ProcessResult {
  let sandbox = try Sandbox()
  try sandbox.write(program, to: "program.py")
  return try await sandbox.run(python, ["-I", "program.py"], limits: limits, onReport: onReport)
}

@Suite("Programs that are not trusted are contained", .enabled(if: access(python, X_OK) == 0))
struct SandboxTests {
  @Test("An ordinary program runs, reads and writes its own files, and its folder goes with it")
  func ordinary() async throws {
    let result = try await run("open('a.txt', 'w').write('5')\nprint(open('a.txt').read(), sum(range(4)))\nimport sys; sys.exit(3)")
    #expect(result.ending == .exited(3))
    #expect(result.output == "5 6\n" && result.errors == "")
    var folder = ""
    do {
      let sandbox = try Sandbox()
      folder = sandbox.folder
      try sandbox.write(
        "import os\nos.makedirs('a/b')\nopen('a/b/c', 'w')\nos.mkdir('a/locked', 0)\nos.symlink('/', 'root')", to: "program.py")
      #expect(try await sandbox.run(python, ["program.py"], limits: ProcessLimits()).ending == .exited(0))
      #expect(access(folder, F_OK) == 0)
    }
    #expect(access(folder, F_OK) != 0)
    #expect(access("/usr", F_OK) == 0)
  }

  @Test("A loop without end, and a sleep, end when their time is over")
  func time() async throws {
    #expect(try await run("while True: pass", limits: ProcessLimits(seconds: 0.3)).ending == .timedOut)
    #expect(try await run("import time; time.sleep(1e6)", limits: ProcessLimits(seconds: 0.3)).ending == .timedOut)
  }

  @Test("Ten gigabytes are not given: at once as one block, and piece by piece")
  func memory() async throws {
    let block = try await run("x = bytearray(10 * 2**30)")
    #expect(block.ending == .exited(1) && block.errors.contains("MemoryError"))
    let pieces = try await run("x = []\nwhile True: x.append(bytearray(2**20))", limits: ProcessLimits(memoryBytes: 128 << 20))
    #expect(pieces.ending == .tookMemory || pieces.errors.contains("MemoryError"))
    #expect(pieces.peakBytes < 256 << 20)
  }

  @Test("No process is started, and no thread without end")
  func processes() async throws {
    let bomb = try await run("import os\nwhile True: os.fork()")
    #expect(bomb.ending == .exited(1) && bomb.errors.contains("Resource temporarily unavailable"))
    let shell = try await run("import subprocess; subprocess.run(['/bin/true'])")
    #expect(shell.ending == .exited(1))
    let threads = try await run(
      "import threading, time\nn = 0\ntry:\n  while True:\n    threading.Thread(target=time.sleep, args=(100,), daemon=True).start(); n += 1\n"
        + "except RuntimeError:\n  print(n < 1000, flush=True); import os; os._exit(0)")
    #expect(threads.output == "True\n")
    // One thread more is no harm.
    let one = try await run("import threading\nt = threading.Thread(target=print, args=('here',)); t.start(); t.join()")
    #expect(one.output == "here\n")
  }

  @Test("Nobody is signalled: not everybody, not the parent")
  func signals() async throws {
    for target in ["-1", "os.getppid()", "1"] {
      let result = try await run("import os, signal\nos.kill(\(target), signal.SIGKILL)")
      #expect(result.ending == .exited(1) && result.errors.contains("PermissionError"), "\(target)")
    }
    #expect(try await run("import os; os.abort()").ending == .signal(Int(SIGABRT)))
  }

  @Test("Files outside the folder are not written, deleted or renamed; inside they have a size")
  func files() async throws {
    let outside = try Sandbox()
    try outside.write("kept", to: "file")
    for statement in [
      "open('\(outside.folder)/file', 'w')", "os.remove('\(outside.folder)/file')", "os.rename('\(outside.folder)/file', 'mine')",
      "os.mkdir('\(outside.folder)/new')", "os.chmod('\(outside.folder)/file', 0)", "os.truncate('\(outside.folder)/file', 0)",
      "os.chown('\(outside.folder)/file', 1, 1)",
    ] {
      let result = try await run("import os\n\(statement)")
      #expect(result.ending == .exited(1) && result.errors.contains("Error: [Errno"), "\(statement): \(result)")
    }
    #expect(try await run("print(open('\(outside.folder)/file').read())").output == "kept\n")
    let large = try await run("open('a', 'w').write('x' * 10**8)", limits: ProcessLimits(fileBytes: 1 << 20))
    #expect(large.ending == .exited(1) && large.errors.contains("File too large"))
    let many = try await run("i = 0\nwhile True:\n  open(str(i), 'w').write('x' * 2**20); i += 1", limits: ProcessLimits(seconds: 20))
    #expect(many.ending == .wroteTooMuch)
  }

  @Test("On a kernel without Landlock nothing is written at all")
  func withoutLandlock() async throws {
    let sandbox = try Sandbox(usesLandlock: false)
    try sandbox.write("kept", to: "file")
    let statements = [
      "open('new', 'w')", "open('file', 'a')", "os.remove('file')", "os.rename('file', 'b')", "os.mkdir('d')", "os.chmod('file', 0)",
    ]
    for statement in statements {
      try sandbox.write("import os\n\(statement)", to: "program.py")
      let result = try await sandbox.run(python, ["-I", "program.py"], limits: ProcessLimits())
      #expect(result.ending == .exited(1) && result.errors.contains("PermissionError"), "\(statement): \(result)")
    }
    try sandbox.write("print(open('file').read())", to: "program.py")
    #expect(try await sandbox.run(python, ["-I", "program.py"], limits: ProcessLimits()).output == "kept\n")
  }

  @Test("There is no network, and no key in the environment")
  func network() async throws {
    for family in ["AF_INET", "AF_INET6", "AF_UNIX"] {
      let result = try await run("import socket; socket.socket(socket.\(family))")
      #expect(result.ending == .exited(1) && result.errors.contains("PermissionError"), "\(family)")
    }
    setenv("BEAMLINE_TEST_KEY", "secret", 1)
    let result = try await run("import os\nprint(sorted(os.environ))\nprint('secret' in open(f'/proc/{os.getppid()}/environ').read())")
    #expect(result.output.hasPrefix("['HOME', 'LANG', "))
    #expect(!result.output.contains("BEAMLINE_TEST_KEY") && !result.output.contains("True"))
  }

  @Test("Standard input is empty, and output without end is cut")
  func streams() async throws {
    let reading = try await run("input()")
    #expect(reading.ending == .exited(1) && reading.errors.contains("EOFError"))
    let endless = try await run("while True: print('x' * 1000)", limits: ProcessLimits(outputBytes: 10_000))
    #expect(endless.ending == .printedTooMuch)
    #expect(endless.output.utf8.count == 10_000)
  }

  @Test("Every report starts the clock anew")
  func reports() async throws {
    let result = try await run(
      "import os, time\nfor i in range(4):\n  time.sleep(0.3); os.write(3, b'%d\\n' % i)", limits: ProcessLimits(seconds: 1)
    ) { line in
      #expect(Int(line).map { (0..<4).contains($0) } ?? false)
    }
    #expect(result.ending == .exited(0) && result.seconds > 1.1)
  }

  @Test("Cancelling the task ends the program")
  func cancellation() async throws {
    let task = Task { try await run("while True: pass", limits: ProcessLimits(seconds: 600)) }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test("What cannot be started is said in a sentence")
  func missing() async throws {
    let sandbox = try Sandbox()
    let error = await #expect(throws: SandboxError.self) { try await sandbox.run("/no/such/program", [], limits: ProcessLimits()) }
    #expect(error?.description == "/no/such/program was not started: the program cannot be set up: No such file or directory.")
    #expect(ProcessLimits(seconds: 0).refusal == "seconds: 0.0: more than 0 and at most 3,600 are allowed.")
  }
}

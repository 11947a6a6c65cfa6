internal import CSandbox
internal import Glibc
internal import Synchronization

/// One run of a program: starts it, reads what it says, and ends it when it breaks a limit.
final class ProcessWatch: Sendable {
  private let program: String
  private let arguments: [String]
  private let folder: String
  private let limits: ProcessLimits
  private let startup: Double
  private let startsProcesses: Bool
  private let environment: [String: String]
  private let usesLandlock: Bool
  private let onReport: (@Sendable (String) -> Void)?
  private let isCancelled = Atomic(false)

  init(
    program: String, arguments: [String], folder: String, limits: ProcessLimits, startup: Double, startsProcesses: Bool,
    environment: [String: String],
    usesLandlock: Bool, onReport: (@Sendable (String) -> Void)?
  ) {
    self.program = program
    self.arguments = arguments
    self.folder = folder
    self.limits = limits
    self.startup = startup
    self.startsProcesses = startsProcesses
    self.environment = environment
    self.usesLandlock = usesLandlock
    self.onReport = onReport
  }

  func cancel() { isCancelled.store(true, ordering: .relaxed) }

  func run() throws(SandboxError) -> ProcessResult {
    let (output, errors, report) = (try pipe(), try pipe(), try pipe())
    let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
    let child = start(input: nothing, output: output.write, errors: errors.write, report: report.write)
    for descriptor in [nothing, output.write, errors.write, report.write] { close(descriptor) }
    defer { for descriptor in [output.read, errors.read, report.read] { close(descriptor) } }
    guard child.id > 0 else {
      let step = child.step.map { String(cString: $0) } ?? ""
      throw SandboxError(program: program, reason: "\(step) cannot be set up: \(String(cString: strerror(child.error)))")
    }
    return watch(child.id, output.read, errors.read, report.read)
  }

  private func start(input: Int32, output: Int32, errors: Int32, report: Int32) -> beamline_child {
    var variables = ["PATH=\(variable("PATH") ?? "/usr/bin:/bin")", "HOME=\(folder)", "TMPDIR=\(folder)", "LANG=C.UTF-8"]
    variables += environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let argv = ([program] + arguments).map { strdup($0) } + [nil]
    let envp = variables.map { strdup($0) } + [nil]
    defer { for text in argv + envp { free(text) } }
    return argv.map { UnsafePointer($0) }.withUnsafeBufferPointer { argv in
      envp.map { UnsafePointer($0) }.withUnsafeBufferPointer { envp in
        program.withCString { program in
          folder.withCString { folder in
            var request = beamline_child_request()
            request.program = program
            request.arguments = argv.baseAddress
            request.environment = envp.baseAddress
            request.folder = folder
            (request.input, request.output, request.errors, request.report) = (input, output, errors, report)
            // The clock below is the stricter one; this one holds when this process is stopped.
            request.cpu_seconds = UInt64(limits.seconds.rounded(.up)) * (onReport == nil ? 1 : 100) + 1
            request.memory_bytes = UInt64(limits.memoryBytes) + (startsProcesses ? 64 << 30 : 0)
            request.file_bytes = UInt64(limits.fileBytes)
            request.open_files = startsProcesses ? 1_024 : 64
            request.starts_processes = startsProcesses
            request.is_without_landlock = !usesLandlock
            return beamline_child_start(&request)
          }
        }
      }
    }
  }

  /// What has been read of one pipe.
  private struct Stream {
    var descriptor: Int32
    var bytes: [UInt8] = []
    var isOpen = true
  }

  private func watch(_ id: pid_t, _ output: Int32, _ errors: Int32, _ report: Int32) -> ProcessResult {
    let clock = ContinuousClock()
    let start = clock.now
    let time = Duration.milliseconds(Int64(limits.seconds * 1_000))
    var deadline = start + time + Duration.milliseconds(Int64(startup * 1_000))
    var streams = [Stream(descriptor: output), Stream(descriptor: errors), Stream(descriptor: report)]
    var verdict: ProcessEnding?
    var peak = 0
    var lastLook = start
    var status: Int32 = 0
    var isOver = false
    while !isOver {
      // Short waits at first: most programs are over at once. What a program holds is looked at once per turn.
      let turn = Int32(clock.now - start < .milliseconds(50) ? 2 : 10)
      read(&streams, milliseconds: turn) { line in
        onReport?(line)
        deadline = clock.now + time
      }
      isOver = waitpid(id, &status, WNOHANG) == id
      if isOver { break }
      if !startsProcesses {
        peak = max(peak, Int(beamline_resident_bytes(id)))
        if peak > limits.memoryBytes { verdict = verdict ?? .tookMemory }
      }
      if streams[0].bytes.count + streams[1].bytes.count > limits.outputBytes { verdict = verdict ?? .printedTooMuch }
      if clock.now - lastLook > .milliseconds(100), !startsProcesses {
        lastLook = clock.now
        // Four files of the largest size, in blocks.
        if beamline_folder_bytes(folder, 10_000) > UInt64(limits.fileBytes) * 4 + 1 << 20 { verdict = verdict ?? .wroteTooMuch }
      }
      if clock.now >= deadline || isCancelled.load(ordering: .relaxed) { verdict = verdict ?? .timedOut }
      if verdict != nil {
        killpg(id, SIGKILL)
        kill(id, SIGKILL)
        while waitpid(id, &status, 0) < 0 && errno == EINTR {}
        isOver = true
      }
    }
    killpg(id, SIGKILL)
    // What it said last is still in the pipes; what a process that it left behind says is not waited for.
    read(&streams, milliseconds: 0) { onReport?($0) }
    if verdict == nil, streams[0].bytes.count + streams[1].bytes.count > limits.outputBytes { verdict = .printedTooMuch }
    let (seconds, attoseconds) = (clock.now - start).components
    return ProcessResult(
      ending: verdict ?? ProcessWatch.ending(status), output: text(streams[0]), errors: text(streams[1]),
      seconds: Double(seconds) + Double(attoseconds) * 1e-18, peakBytes: peak)
  }

  /// Reads what is there, all of it, after waiting for the first byte at most so long.
  private func read(_ streams: inout [Stream], milliseconds: Int32, onLine: (String) -> Void) {
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    var wait = milliseconds
    while true {
      var polled = streams.map { pollfd(fd: $0.isOpen ? $0.descriptor : -1, events: Int16(POLLIN), revents: 0) }
      guard poll(&polled, nfds_t(polled.count), wait) > 0 else { return }
      wait = 0
      for index in streams.indices where polled[index].revents != 0 {
        let count = Glibc.read(streams[index].descriptor, &chunk, chunk.count)
        if count <= 0 {
          if count < 0 && errno == EINTR { continue }
          streams[index].isOpen = false
          continue
        }
        streams[index].bytes += chunk[..<count]
        while index == 2, let end = streams[2].bytes.firstIndex(of: 10) {
          onLine(String(decoding: streams[2].bytes[..<end], as: UTF8.self))
          streams[2].bytes.removeFirst(end + 1)
        }
      }
      // A program that prints without end must not keep this loop: the limits are looked at in between.
      if streams.contains(where: { $0.bytes.count > limits.outputBytes }) { return }
      if !streams.contains(where: \.isOpen) {
        if milliseconds > 0 { usleep(useconds_t(milliseconds) * 1_000) }
        return
      }
    }
  }

  private func text(_ stream: Stream) -> String { String(decoding: stream.bytes.prefix(limits.outputBytes), as: UTF8.self) }

  private static func ending(_ status: Int32) -> ProcessEnding {
    let signal = status & 0x7F
    if signal == 0 { return .exited(Int(status >> 8 & 0xFF)) }
    return signal == SIGXCPU ? .timedOut : .signal(Int(signal))
  }

  private func pipe() throws(SandboxError) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard Glibc.pipe(&ends) == 0 else { throw SandboxError(program: program, reason: "no file descriptors are left") }
    // Beyond the numbers that the child is given, and closed on exec.
    let moved = ends.map { end in
      defer { close(end) }
      return fcntl(end, F_DUPFD_CLOEXEC, 16)
    }
    return (moved[0], moved[1])
  }

  private func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

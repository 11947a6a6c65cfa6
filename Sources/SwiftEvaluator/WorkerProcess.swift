internal import CWorkerProtocol
import Display
internal import Glibc
import JupyterKernel
internal import Synchronization

/// The process that holds the notebook's variables, seen from the kernel.
final class WorkerProcess: Sendable {
  /// How a cell ended in the worker.
  struct End: Sendable {
    enum How: UInt8 { case finished, threw, trapped, overflowed, exited, interrupted, hadNoInput }
    struct Frame: Sendable, Equatable {
      var cell: UInt32
      var offset: UInt64
    }
    var how: How
    /// How many of the cell's marks were passed.
    var reached: UInt32
    /// A signal or an exit status.
    var number: Int32
    var name: String
    var message: String
    var frames: [Frame]
  }

  enum Result: Sendable {
    case ended(End)
    /// The cell's shared object could not be loaded.
    case notLoaded(String)
    /// The process is gone; the status is as `waitpid` gives it.
    case died(status: Int32)
  }

  private let process: ChildProcess
  private let output: Int32
  private let errors: Int32
  private let events: Int32
  private let commands: Int32
  private let sending = Mutex(())

  init(toolchain: Toolchain) throws {
    let output = Pipe()
    let errors = Pipe()
    let events = Pipe()
    let commands = Pipe()
    let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer { for descriptor in [output.write, errors.write, events.write, commands.read, nothing] { Glibc.close(descriptor) } }
    // The runtime's own crash reporter would take over the signals, and a second.
    process = try ChildProcess(
      toolchain.worker, [toolchain.cellLibrary],
      descriptors: [
        0: nothing, 1: output.write, 2: errors.write, Int32(beamline_events_fd): events.write,
        Int32(beamline_commands_fd): commands.read,
      ], environment: ["SWIFT_BACKTRACE": "enable=no"])
    self.output = output.read
    self.errors = errors.read
    self.events = events.read
    self.commands = commands.write
  }

  private func send(_ kind: beamline_command, _ fields: [UInt8]) {
    var frame = [UInt8](repeating: 0, count: 4)
    frame.append(UInt8(kind.rawValue))
    frame += fields
    withUnsafeBytes(of: UInt32(frame.count - 4).littleEndian) { frame.replaceSubrange(0..<4, with: $0) }
    sending.withLock { _ in _ = writeAll(commands, frame) }
  }

  /// - Parameter number: the one by which frames in the library are named; 0 when they are of no interest.
  func load(library path: String, number: UInt32 = 0) {
    send(beamline_command_library, FrameWriter.string(path) + FrameWriter.number(number))
  }

  func interrupt() { send(beamline_command_interrupt, []) }

  func answer(_ answer: InputAnswer) {
    switch answer {
    case .line(let line): send(beamline_command_answer, [1] + FrameWriter.string(line))
    case .refused: send(beamline_command_answer, [0] + FrameWriter.string(""))
    }
  }

  /// Lets the worker run a cell; ``follow(emit:)`` must come next.
  func begin(cell: UInt32, sharedObject: String, entry: String) {
    send(beamline_command_run, FrameWriter.number(cell) + FrameWriter.string(sharedObject) + FrameWriter.string(entry))
  }

  /// Lets the worker take a message of a comm; ``follow(emit:)`` must come next.
  ///
  /// - Parameter request: identifies the message that brought it.
  func begin(_ message: CommMessage, request: String) {
    let (kind, target): (beamline_comm, String) =
      switch message.kind {
      case .open(let target): (beamline_comm_open, target)
      case .message: (beamline_comm_message, "")
      case .close: (beamline_comm_close, "")
      }
    var fields = FrameWriter.string(request) + [UInt8(kind.rawValue)]
    for text in [message.identifier, target, message.data.compactText, message.metadata.compactText] { fields += FrameWriter.string(text) }
    fields += FrameWriter.number(UInt32(message.buffers.count))
    for buffer in message.buffers { fields += FrameWriter.number(UInt32(buffer.count)) + buffer }
    send(beamline_command_comm, fields)
  }

  func kill() { process.kill() }

  /// How much processor time the process has used; zero when it is gone.
  var processorTime: Duration {
    var clock = clockid_t()
    var time = timespec()
    guard clock_getcpuclockid(process.id, &clock) == 0, clock_gettime(clock, &time) == 0 else { return .zero }
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }

  /// Hands on what the cell prints and shows, until it has ended or the process has.
  func follow(emit: (CellOutput) -> Void) -> Result {
    var streams = (TextDecoder(stream: .standardOutput), TextDecoder(stream: .standardError))
    var frames = FrameBuffer()
    var chunk = [UInt8](repeating: 0, count: 1 << 17)
    var open = [output, errors, events]
    while true {
      var sources = open.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
      guard poll(&sources, nfds_t(sources.count), -1) > 0 else { continue }
      // In this order: a worker writes an event only when what it printed before has been read.
      for source in sources where source.revents != 0 {
        let count = read(source.fd, &chunk, chunk.count)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 {
          open.removeAll { $0 == source.fd }
          continue
        }
        switch source.fd {
        case output: streams.0.take(chunk[..<count], emit)
        case errors: streams.1.take(chunk[..<count], emit)
        default: frames.append(chunk[..<count])
        }
      }
      while let frame = frames.next() {
        streams.0.flush(emit)
        streams.1.flush(emit)
        if let result = handle(frame, emit) { return result }
      }
      // A child of the worker may hold the streams open after it; its events end with itself.
      if !open.contains(events) {
        streams.0.flush(emit)
        streams.1.flush(emit)
        return .died(status: process.wait())
      }
    }
  }

  private func handle(_ frame: [UInt8], _ emit: (CellOutput) -> Void) -> Result? {
    var reader = FrameReader(frame)
    switch UInt32(reader.byte()) {
    case beamline_event_result.rawValue: emit(.result(reader.bundle()))
    case beamline_event_display.rawValue:
      let identifier = reader.string()
      emit(.display(reader.bundle(), identifier: identifier.isEmpty ? nil : identifier))
    case beamline_event_update.rawValue:
      let identifier = reader.string()
      emit(.update(reader.bundle(), identifier: identifier))
    case beamline_event_clear.rawValue: emit(.clear(wait: reader.byte() != 0))
    case beamline_event_page.rawValue: emit(.page(reader.bundle()))
    case beamline_event_comm.rawValue:
      if let message = reader.commMessage() { emit(.comm(message)) }
    case beamline_event_input.rawValue:
      let isPassword = reader.byte() != 0
      emit(.inputRequest(prompt: reader.string(), isPassword: isPassword))
    case beamline_event_failed.rawValue:
      let reason = reader.string()
      if reader.byte() == 1 { return .notLoaded(reason) }
      emit(.text(reason + "\n", .standardError))
    case beamline_event_end.rawValue: return .ended(reader.end())
    default: break
    }
    return nil
  }

  func shutdown() {
    Glibc.close(commands)
    // A worker that sees its commands end is gone at once; one that is not is killed.
    var hasEnded = false
    for _ in 0..<100 {
      hasEnded = process.statusIfEnded() != nil
      if hasEnded { break }
      usleep(5_000)
    }
    // Once it has been waited for, its number may already be another process's.
    if !hasEnded {
      process.kill()
      process.wait()
    }
    closeStreams()
  }

  /// Gives back the pipes of a process that has ended by itself.
  func close() {
    Glibc.close(commands)
    closeStreams()
  }

  private func closeStreams() {
    for descriptor in [output, errors, events] { Glibc.close(descriptor) }
  }
}

/// The fields of a command.
private enum FrameWriter {
  static func number(_ value: UInt32) -> [UInt8] { withUnsafeBytes(of: value.littleEndian) { Array($0) } }
  static func string(_ text: String) -> [UInt8] { number(UInt32(text.utf8.count)) + Array(text.utf8) }
}

/// Bytes of events, cut into frames.
private struct FrameBuffer {
  private var bytes: [UInt8] = []
  private var start = 0

  mutating func append(_ more: ArraySlice<UInt8>) {
    if start > 0 {
      bytes.removeFirst(start)
      start = 0
    }
    bytes += more
  }

  mutating func next() -> [UInt8]? {
    guard bytes.count - start >= 4 else { return nil }
    let length = (0..<4).reduce(0) { $0 | Int(bytes[start + $1]) << (8 * $1) }
    guard bytes.count - start >= 4 + length else { return nil }
    defer { start += 4 + length }
    return Array(bytes[start + 4..<start + 4 + length])
  }
}

/// Reads the fields of an event. What is missing reads as zero or empty: the worker is a process of ours that may be dying.
private struct FrameReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func byte() -> UInt8 {
    defer { position += 1 }
    return position < bytes.count ? bytes[position] : 0
  }

  mutating func number() -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(byte()) << (8 * $1) } }
  mutating func long() -> UInt64 { (0..<8).reduce(0) { $0 | UInt64(byte()) << (8 * $1) } }

  mutating func content() -> ArraySlice<UInt8> {
    let count = Int(number())
    let start = min(position, bytes.count)
    let end = min(start + count, bytes.count)
    position = end
    return bytes[start..<end]
  }

  mutating func string() -> String { String(decoding: content(), as: UTF8.self) }

  mutating func bundle() -> MIMEBundle {
    var bundle = MIMEBundle(text: "")
    for _ in 0..<min(number(), 64) {
      let type = string()
      let kind = UInt32(byte())
      let content = content()
      switch kind {
      case beamline_content_bytes.rawValue: bundle.contents[type] = .bytes(Array(content))
      case beamline_content_json.rawValue:
        if let value = try? JSON(parsing: Array(content)) { bundle.contents[type] = .json(value) }
      default: bundle.contents[type] = .text(String(decoding: content, as: UTF8.self))
      }
    }
    if case .object(let metadata)? = try? JSON(parsing: Array(content())) {
      for (key, value) in metadata { bundle.metadata[key] = value }
    }
    return bundle
  }

  /// Nil when it is none: what comes from a cell's own process is not trusted.
  mutating func commMessage() -> CommMessage? {
    let kind = UInt32(byte())
    let identifier = string()
    let target = string()
    let data = (try? JSON(parsing: Array(content()))) ?? [:]
    let metadata = (try? JSON(parsing: Array(content()))) ?? [:]
    let buffers = (0..<min(number(), 1 << 16)).map { _ in Array(content()) }
    let kinds: [UInt32: CommMessage.Kind] = [
      beamline_comm_open.rawValue: .open(target: target), beamline_comm_message.rawValue: .message, beamline_comm_close.rawValue: .close,
    ]
    return kinds[kind].map { CommMessage($0, identifier, data: data, metadata: metadata, buffers: buffers) }
  }

  mutating func end() -> WorkerProcess.End {
    let how = WorkerProcess.End.How(rawValue: byte()) ?? .trapped
    let reached = number()
    let value = Int32(truncatingIfNeeded: number())
    let name = string()
    let message = string()
    var frames: [WorkerProcess.End.Frame] = []
    for _ in 0..<min(number(), 256) { frames.append(.init(cell: number(), offset: long())) }
    return WorkerProcess.End(how: how, reached: reached, number: value, name: name, message: message, frames: frames)
  }
}

/// Turns the bytes of a stream into text without ever splitting a UTF-8 sequence.
struct TextDecoder {
  let stream: CellOutput.Stream
  private var pending: [UInt8] = []

  init(stream: CellOutput.Stream) { self.stream = stream }

  mutating func take(_ bytes: ArraySlice<UInt8>, _ emit: (CellOutput) -> Void) {
    pending += bytes
    let whole = pending.count - TextDecoder.unfinishedTail(pending)
    if whole > 0 { emit(.text(String(decoding: pending[..<whole], as: UTF8.self), stream)) }
    pending.removeFirst(whole)
  }

  /// What can no longer be completed is shown as replacement characters.
  mutating func flush(_ emit: (CellOutput) -> Void) {
    if pending.isEmpty { return }
    emit(.text(String(decoding: pending, as: UTF8.self), stream))
    pending = []
  }

  /// How many bytes at the end begin a sequence that goes on.
  private static func unfinishedTail(_ bytes: [UInt8]) -> Int {
    for length in 1...3 where bytes.count >= length {
      let byte = bytes[bytes.count - length]
      if byte & 0xc0 == 0x80 { continue }
      let expected = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
      return expected > length ? length : 0
    }
    return 0
  }
}

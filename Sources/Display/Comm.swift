internal import Synchronization

/// A conversation with something in the front end, in both directions: what widgets are made of.
///
/// ```swift
/// Comm.register("echo") { comm, _ in comm.onMessage { data, _ in comm.send(data) } }
/// ```
/// Either side opens one by naming a target that the other side knows. Messages are handled one after the other, when no cell runs; what
/// is shown meanwhile belongs to the message. In a plain program nothing is sent and nothing comes.
public final class Comm: Sendable {
  /// An error ends the handling of the message, and is shown as a cell's error would be.
  public typealias Handler = @Sendable (_ data: JSON, _ buffers: [[UInt8]]) throws -> Void

  public let identifier: String
  public let target: String

  private struct State {
    var onMessage: Handler?
    var onClose: (@Sendable () throws -> Void)?
    var isOpen = true
  }

  private let state = Mutex(State())

  /// Opens a comm to a target of the front end.
  ///
  /// - Parameters:
  ///   - data: goes with the first message.
  ///   - metadata: the version of the target's own protocol, for example.
  public convenience init(opening target: String, data: JSON = [:], metadata: JSON = [:], buffers: [[UInt8]] = []) {
    self.init(opening: target, identifier: Comm.newIdentifier(), data: data, metadata: metadata, buffers: buffers)
  }

  convenience init(opening target: String, identifier: String, data: JSON, metadata: JSON, buffers: [[UInt8]] = []) {
    self.init(target: target, identifier: identifier)
    DisplayOutput.sink.send(CommMessage(.open(target: target), identifier, data: data, metadata: metadata, buffers: buffers))
  }

  init(target: String, identifier: String) {
    self.target = target
    self.identifier = identifier
    Comm.registry.withLock { $0.comms[identifier] = self }
  }

  public var isOpen: Bool { state.withLock { $0.isOpen } }

  /// What to do with messages of the front end, in place of what was done before.
  public func onMessage(_ handler: @escaping Handler) { state.withLock { $0.onMessage = handler } }

  /// What to do when the front end closes the comm.
  public func onClose(_ handler: @escaping @Sendable () throws -> Void) { state.withLock { $0.onClose = handler } }

  /// Sends to the front end; does nothing when the comm is closed.
  public func send(_ data: JSON, metadata: JSON = [:], buffers: [[UInt8]] = []) {
    guard isOpen else { return }
    DisplayOutput.sink.send(CommMessage(.message, identifier, data: data, metadata: metadata, buffers: buffers))
  }

  /// Ends the conversation; the front end is told.
  public func close(_ data: JSON = [:]) {
    guard end() else { return }
    DisplayOutput.sink.send(CommMessage(.close, identifier, data: data))
  }

  /// Lets front ends open comms to this target; the handler gets each one and the data that came with its first message.
  public static func register(_ target: String, _ handler: @escaping @Sendable (_ comm: Comm, _ data: JSON) throws -> Void) {
    registry.withLock { $0.targets[target] = handler }
  }

  // MARK: What comes in

  private struct Registry {
    var comms: [String: Comm] = [:]
    var targets: [String: @Sendable (Comm, JSON) throws -> Void] = [:]
    var request: String?
  }

  /// Identifies the message of the front end that is being handled; nil while a cell runs.
  static var request: String? { registry.withLock { $0.request } }

  private static let registry = Mutex(Registry())

  /// Names do not repeat, those of another process included.
  static func newIdentifier() -> String {
    func part() -> String {
      let digits = String(UInt64.random(in: .min ... .max), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }
    return part() + part()
  }

  /// Marks it as closed; false when it was.
  private func end() -> Bool {
    Comm.registry.withLock { $0.comms[identifier] = nil }
    return state.withLock { state in
      defer { state.isOpen = false }
      return state.isOpen
    }
  }

  /// Says that a cell begins, or with an identifier, that a message of the front end is handled: a trap may have ended the last one.
  public static func begin(request: String?) { registry.withLock { $0.request = request } }

  /// Hands a message of the front end to whom it belongs. A comm to an unknown target is closed again.
  public static func receive(_ message: CommMessage) throws {
    switch message.kind {
    case .open(let target):
      guard let handler = registry.withLock({ $0.targets[target] }) else {
        DisplayOutput.sink.send(CommMessage(.close, message.identifier))
        return
      }
      try handler(Comm(target: target, identifier: message.identifier), message.data)
    case .message:
      let comm = registry.withLock { $0.comms[message.identifier] }
      try comm?.state.withLock { $0.onMessage }?(message.data, message.buffers)
    case .close:
      guard let comm = registry.withLock({ $0.comms[message.identifier] }), comm.end() else { return }
      try comm.state.withLock { $0.onClose }?()
    }
  }
}

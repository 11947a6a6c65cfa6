import CZeroMQ
import Glibc
import JupyterProtocol

/// What ZeroMQ says went wrong, in one sentence.
public struct ZeroMQError: Error, Sendable, CustomStringConvertible {
  public var description: String

  init(_ action: String) { description = "\(action): \(String(cString: zmq_strerror(zmq_errno())))" }
  init(sentence: String) { description = sentence }
}

/// Owns the threads of ZeroMQ.
final class ZeroMQContext: @unchecked Sendable {
  fileprivate let pointer: UnsafeMutableRawPointer

  init() throws {
    guard let pointer = zmq_ctx_new() else { throw ZeroMQError("cannot start ZeroMQ") }
    self.pointer = pointer
  }

  /// Makes every blocking call on the context's sockets return; they can only be closed afterwards.
  func shutdown() { zmq_ctx_shutdown(pointer) }

  /// Waits until every socket is closed and has sent what it had, as long as it may linger.
  func terminate() {
    while zmq_ctx_term(pointer) != 0, zmq_errno() == EINTR {}
  }

  static func has(_ capability: String) -> Bool { zmq_has(capability) == 1 }
}

/// A socket of ZeroMQ. It may be handed from one thread to another, but only one may ever use it.
final class ZeroMQSocket: @unchecked Sendable {
  enum Kind: CInt {
    case reply = 4
    case router = 6
    case extendedPublish = 9
  }

  private let pointer: UnsafeMutableRawPointer

  init(_ kind: Kind, in context: ZeroMQContext) throws {
    guard let pointer = zmq_socket(context.pointer, kind.rawValue) else { throw ZeroMQError("cannot open a socket") }
    self.pointer = pointer
    // What a client has asked for is sent before the process ends, but a client that is gone does not keep it alive.
    set(ZMQ_LINGER, 1_000)
    // Outputs wait in memory for a slow reader; ZeroMQ's default is to drop everything after the first thousand messages.
    set(ZMQ_SNDHWM, 0)
    set(ZMQ_RCVHWM, 0)
    switch kind {
    case .reply: break
    // A front end that comes back with its old name takes its old place.
    case .router: set(ZMQ_ROUTER_HANDOVER, 1)
    // Every subscription is told, also one that another client has already made.
    case .extendedPublish: set(ZMQ_XPUB_VERBOSE, 1)
    }
  }

  private func set(_ option: CInt, _ value: CInt) {
    var value = value
    zmq_setsockopt(pointer, option, &value, MemoryLayout<CInt>.size)
  }

  /// Makes the socket a CurveZMQ server; must come before ``bind(to:)``.
  func encrypt(with keys: ConnectionFile.CurveKeys) throws {
    guard ZeroMQContext.has("curve") else {
      throw ZeroMQError(sentence: "the connection file asks for CurveZMQ, which this build of ZeroMQ does not have")
    }
    set(ZMQ_CURVE_SERVER, 1)
    for (option, key, name) in [
      (ZMQ_CURVE_PUBLICKEY, keys.publicKey, "curve_publickey"), (ZMQ_CURVE_SECRETKEY, keys.secretKey, "curve_secretkey"),
    ] where zmq_setsockopt(pointer, option, key, key.utf8.count + 1) != 0 {
      throw ZeroMQError(sentence: "connection file: «\(name)» is not a CurveZMQ key in Z85")
    }
  }

  /// - Parameter listening: a socket of the system that listens there already, which then belongs to this one.
  func bind(to endpoint: String, listening: CInt? = nil) throws {
    if let listening { set(ZMQ_USE_FD, listening) }
    if endpoint.hasPrefix("tcp://[") { set(ZMQ_IPV6, 1) }
    guard zmq_bind(pointer, endpoint) == 0 else { throw ZeroMQError("cannot listen at \(endpoint)") }
  }

  /// The frames of the next message. Nil when there is none (unless `waits`), or when the context ends.
  func receive(waits: Bool) -> [[UInt8]]? {
    var frames: [[UInt8]] = []
    var message = zmq_msg_t()
    zmq_msg_init(&message)
    defer { zmq_msg_close(&message) }
    while true {
      // Only the first frame may have to be waited for: the others have come with it.
      while zmq_msg_recv(&message, pointer, waits ? 0 : ZMQ_DONTWAIT) < 0 {
        if zmq_errno() != EINTR { return nil }
      }
      frames.append(Array(UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: zmq_msg_size(&message))))
      if zmq_msg_more(&message) == 0 { return frames }
    }
  }

  /// Sends one message; what cannot be sent is logged and dropped.
  func send(_ frames: [[UInt8]]) {
    for (index, frame) in frames.enumerated() {
      let flags = index < frames.count - 1 ? ZMQ_SNDMORE : 0
      while zmq_send(pointer, frame, frame.count, flags | ZMQ_DONTWAIT) < 0 {
        if zmq_errno() == EINTR { continue }
        log(ZeroMQError("a message could not be sent").description)
        return
      }
    }
  }

  func close() { zmq_close(pointer) }

  /// What ``zmq_poll`` waits for: something to receive.
  var pollItem: zmq_pollitem_t { zmq_pollitem_t(socket: pointer, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0) }
}

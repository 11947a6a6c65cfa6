import JupyterProtocol

/// Sends back every message that comes to it, on a thread that nothing else can keep busy.
struct Heartbeat: Sendable {
  private let socket: ZeroMQSocket

  init(at endpoint: String, listening: CInt?, curve: ConnectionFile.CurveKeys?, in context: ZeroMQContext) throws {
    socket = try ZeroMQSocket(.reply, in: context)
    if let curve { try socket.encrypt(with: curve) }
    try socket.bind(to: endpoint, listening: listening)
  }

  /// Runs until the context ends, and closes the socket then.
  func start() {
    startThread(stackSize: 1 << 20) { [socket] in
      while let frames = socket.receive(waits: true) { socket.send(frames) }
      socket.close()
    }
  }
}

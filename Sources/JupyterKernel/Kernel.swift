import CZeroMQ
import Glibc
import JupyterProtocol
import Synchronization

/// A kernel on the wire: five sockets, and a session behind them.
///
/// One thread, that which calls ``run()``, owns the shell, control, stdin and IOPub sockets: it alone reads, checks, signs and sends.
/// A second runs the cells, two more answer questions meanwhile, and control and heartbeat have a thread each.
public final class Kernel: Transport {
  private let connection: ConnectionFile
  private let signer: Signer
  private let outbox = Mutex(Outbox())
  private let isEnding = Atomic<Bool>(false)
  private let wakeup: Wakeup
  private let context: ZeroMQContext
  private let sockets: [(channel: Channel, socket: ZeroMQSocket)]
  private let heartbeat: Heartbeat

  /// Opens the sockets, so that a front end can already connect.
  ///
  /// - Parameter listening: sockets that listen there already.
  /// - Throws: ``ZeroMQError``, when an address is taken or a key is not one.
  public init(connection: ConnectionFile, listening: ListeningSockets = ListeningSockets()) throws {
    self.connection = connection
    signer = Signer(key: connection.key)
    wakeup = try Wakeup()
    let context = try ZeroMQContext()
    self.context = context
    let inherited = { (channel: Channel) in
      connection.transport == .tcp ? listening.descriptor(of: channel, port: connection.port(of: channel)) : nil
    }
    sockets = try [(Channel.shell, .router), (.control, .router), (.stdin, .router), (.iopub, .extendedPublish)].map {
      (channel: Channel, kind: ZeroMQSocket.Kind) in
      let socket = try ZeroMQSocket(kind, in: context)
      if let keys = connection.curve { try socket.encrypt(with: keys) }
      try socket.bind(to: connection.endpoint(of: channel), listening: inherited(channel))
      return (channel, socket)
    }
    heartbeat = try Heartbeat(
      at: connection.endpoint(of: .heartbeat), listening: inherited(.heartbeat), curve: connection.curve, in: context)
    heartbeat.start()
  }

  // MARK: Transport

  public func send(_ message: Message, on channel: Channel) {
    outbox.withLock { $0.append(message, on: channel) }
    wakeup.wake()
  }

  // MARK: The life of the kernel

  /// Serves until a `shutdown_request`, SIGTERM, or the end of the process that started this one.
  ///
  /// - Parameter history: where the cells are kept for later kernels.
  public func run(evaluator: any Evaluator, implementation: Implementation, history: HistoryFile? = nil) {
    let control = BlockingQueue<Message>()
    let session = Session(
      evaluator: evaluator, transport: self, implementation: implementation, history: history, limit: .ofEnvironment,
      onShutdown: { [self] in end() })
    wakeup.survivePipeSignal()
    for signal in [SIGINT, SIGTERM] { wakeup.catchSignal(signal) }
    session.announce()
    startThread { session.serveShell() }
    startThread { session.serveQuestions() }
    startThread { session.serveEditor() }
    startThread { while let request = control.next() { session.serve(request, on: .control) } }

    let parent = ParentWatch(environment: getenv("JPY_PARENT_PID").map { String(cString: $0) })
    var receiver = Receiver(signer: signer)
    var items = sockets.map(\.socket.pollItem) + [zmq_pollitem_t(socket: nil, fd: wakeup.readEnd, events: Int16(ZMQ_POLLIN), revents: 0)]
    while true {
      // Read before the last sending: what was in line when the end was decided still leaves.
      let isLast = isEnding.load(ordering: .sequentiallyConsistent)
      greetSubscribers(session)
      sendWaiting(all: isLast)
      if isLast { break }
      zmq_poll(&items, CInt(items.count), timeout)
      for event in wakeup.drain() where event != .wake {
        if event == .signal(SIGTERM) { endWithoutRequest(session, because: "SIGTERM came") } else { session.interrupt() }
      }
      for (channel, socket) in sockets where channel != .iopub {
        // Not without end, so that a client that floods the kernel does not keep it from sending.
        for _ in 0..<256 {
          guard let frames = socket.receive(waits: false) else { break }
          deliver(frames, from: channel, to: session, control: control, receiver: &receiver)
        }
      }
      if parent?.isParentGone == true { endWithoutRequest(session, because: "the process that started the kernel is gone") }
    }
    session.close()
    control.close()
    for (_, socket) in sockets { socket.close() }
    context.shutdown()
    context.terminate()
  }

  /// Lets the I/O thread send what is in line, and return.
  private func end() {
    isEnding.store(true, ordering: .sequentiallyConsistent)
    wakeup.wake()
  }

  private func endWithoutRequest(_ session: Session, because reason: String) {
    log("\(reason); the kernel ends")
    session.shutdown()
  }

  /// How long to wait for something to come, in milliseconds: until text must leave, and never so long that a dead parent goes unnoticed.
  private var timeout: CLong {
    let deadline = outbox.withLock(\.deadline)
    guard let deadline else { return 1_000 }
    let remaining = deadline - ContinuousClock.now
    return max(0, min(1_000, CLong(remaining / .milliseconds(1)) + 1))
  }

  /// Not through the outbox: what waits there would come to a new subscriber before the greeting.
  private func greetSubscribers(_ session: Session) {
    guard let socket = sockets.first(where: { $0.channel == .iopub })?.socket else { return }
    while let frames = socket.receive(waits: false) {
      if let topic = subscribedTopic(in: frames) { socket.send(session.welcome(subscription: topic).frames(signedBy: signer)) }
    }
  }

  private func sendWaiting(all: Bool) {
    let now = all ? ContinuousClock.now + Outbox.interval : ContinuousClock.now
    for (message, channel) in outbox.withLock({ $0.take(at: now) }) {
      sockets.first { $0.channel == channel }?.socket.send(message.frames(signedBy: signer))
    }
  }

  // MARK: What comes in

  private func deliver(
    _ frames: [[UInt8]], from channel: Channel, to session: Session, control: BlockingQueue<Message>, receiver: inout Receiver
  ) {
    do {
      let message = try receiver.message(from: frames)
      switch channel {
      case .shell: session.enqueue(message)
      case .control: control.append(message)
      case .stdin where message.header.messageType == InputReply.messageType: session.receive(message)
      default: log("«\(message.header.messageType)» on \(channel.rawValue), where nothing was asked for; it is dropped")
      }
    } catch {
      log("a message on \(channel.rawValue) is dropped: \(error)")
    }
  }

  /// An XPUB socket receives a byte, 1 for «subscribe», and the topic; topics that are not text are nobody's.
  private func subscribedTopic(in frames: [[UInt8]]) -> [UInt8]? {
    guard let frame = frames.first, frame.first == 1, String(validating: frame.dropFirst(), as: UTF8.self) != nil else { return nil }
    return Array(frame.dropFirst())
  }
}

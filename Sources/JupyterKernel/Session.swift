import Display
import JupyterProtocol
import Synchronization

/// One conversation with a notebook: requests come in, and everything that they cause goes out through a ``Transport``.
///
/// It knows no sockets: the kernel's threads call it, and so do `beamline run` and the tests, which have none.
/// Requests of the shell channel wait in a queue and are served one after the other by whoever calls ``serveShell()``;
/// requests of the control channel are served at once by the thread that calls ``serve(_:on:)``, also while a cell runs.
public final class Session: Sendable {
  struct State {
    /// The number of the last cell that counted.
    var executionCount = 0
    var history = History()
  }

  struct QueuedRequest: Sendable {
    var message: Message
    /// Set when a cell before it failed.
    var isAborted = false
  }

  let evaluator: any Evaluator
  let implementation: Implementation
  let state = Mutex(State())
  let queue = BlockingQueue<QueuedRequest>()
  private let transport: any Transport
  private let factory: MessageFactory
  private let onShutdown: @Sendable () -> Void
  private let isShutDown = Atomic<Bool>(false)

  /// - Parameters:
  ///   - onShutdown: called once the reply to a `shutdown_request` was sent and the evaluator has ended its processes.
  ///   - identifier: the name of the session in the headers of its messages; random, unless a test wants to know it.
  ///   - date: the time now in ISO 8601.
  public init(
    evaluator: any Evaluator, transport: any Transport, implementation: Implementation, identifier: String? = nil,
    date: (@Sendable () -> String)? = nil, onShutdown: @escaping @Sendable () -> Void = {}
  ) {
    self.evaluator = evaluator
    self.transport = transport
    self.implementation = implementation
    self.onShutdown = onShutdown
    let random = { String(UInt64.random(in: .min ... .max), radix: 16) }
    factory = MessageFactory(session: identifier ?? random() + random(), username: "kernel", date: date ?? timestamp)
  }

  // MARK: What comes in

  /// Says that the kernel starts; sent once, before anything else.
  public func announce() { publish(Status(.starting), parent: nil) }

  /// Greets whoever subscribed to a topic of IOPub.
  public func welcome(subscription: [UInt8]) { transport.send(factory.welcome(subscription: subscription), on: .iopub) }

  /// Lets a request of the shell channel wait for its turn.
  public func enqueue(_ request: Message) { queue.append(QueuedRequest(message: request)) }

  /// Serves the shell channel's queue, waiting for requests, until ``close()``.
  public func serveShell() {
    while let request = queue.next() { serve(request.message, on: .shell, isAborted: request.isAborted) }
  }

  /// Serves what is in the shell channel's queue, and returns when it is empty.
  func serveWaiting() {
    while let request = queue.nextIfAny() { serve(request.message, on: .shell, isAborted: request.isAborted) }
  }

  /// Ends ``serveShell()`` after the request that it serves.
  public func close() { queue.close() }

  /// Asks the running cell to stop, as an `interrupt_request` does.
  public func interrupt() { evaluator.interrupt() }

  /// Ends the evaluator's processes and then the kernel, as a `shutdown_request` does; only the first call does anything.
  public func shutdown() {
    guard !isShutDown.exchange(true, ordering: .sequentiallyConsistent) else { return }
    evaluator.shutdown()
    onShutdown()
  }

  /// Serves one request to its end.
  public func serve(_ request: Message, on channel: Channel) { serve(request, on: channel, isAborted: false) }

  // MARK: The one function that publishes

  /// Publishes everything that a request causes, in the order that the protocol wants:
  /// `busy`, then what the answer itself publishes (`execute_input` and the outputs), then the reply, then `idle`.
  private func serve(_ request: Message, on channel: Channel, isAborted: Bool) {
    publish(Status(.busy), parent: request)
    let answer = answer(to: request, on: channel, isAborted: isAborted)
    if let reply = answer.reply { transport.send(factory.reply(reply, to: request), on: channel) }
    publish(Status(.idle), parent: request)
    if answer.endsKernel { shutdown() }
  }

  func publish(_ content: some MessageContent, parent: Message?) {
    transport.send(factory.publication(content, parent: parent), on: .iopub)
  }
}

import Display
import JupyterProtocol
import Synchronization

/// One conversation with a notebook: requests come in, and everything that they cause goes out through a ``Transport``.
///
/// It knows no sockets: the kernel's threads call it, and so do `beamline run` and the tests, which have none.
/// Requests of the shell channel wait in one of three lines, each served one after the other: cells, messages of comms and all else that changes something by
/// whoever calls ``serveShell()``; questions, which are answered also while a cell runs, by ``serveQuestions()`` and, where the compiler
/// must be asked, ``serveEditor()``. Requests of the control channel are served at once by the thread that calls ``serve(_:on:)``.
public final class Session: Sendable {
  struct State {
    /// The number of the last cell that counted.
    var executionCount = 0
    var history = History()
    /// A cell runs.
    var isExecuting = false
    /// The comms that are open, in the order in which they were opened.
    var comms: [(identifier: String, target: String)] = []
    /// The running cell has asked for a line.
    var awaitsInput = false
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
  private let questions = BlockingQueue<Message>()
  private let editorQuestions = BlockingQueue<Message>()
  let historyFile: HistoryFile?
  /// How much of a cell's output is passed on.
  let limit: OutputLimit
  private let transport: any Transport
  private let factory: MessageFactory
  private let onShutdown: @Sendable () -> Void
  private let isShutDown = Atomic<Bool>(false)

  /// - Parameters:
  ///   - history: where the cells are kept for later sessions; nil when they are not.
  ///   - limit: how much of each cell's output is passed on.
  ///   - onShutdown: called once the reply to a `shutdown_request` was sent and the evaluator has ended its processes.
  ///   - identifier: the name of the session in the headers of its messages; random, unless a test wants to know it.
  ///   - date: the time now in ISO 8601.
  public init(
    evaluator: any Evaluator, transport: any Transport, implementation: Implementation, history: HistoryFile? = nil,
    limit: OutputLimit = OutputLimit(), identifier: String? = nil, date: (@Sendable () -> String)? = nil,
    onShutdown: @escaping @Sendable () -> Void = {}
  ) {
    self.evaluator = evaluator
    historyFile = history
    self.limit = limit
    self.transport = transport
    self.implementation = implementation
    self.onShutdown = onShutdown
    let random = { String(UInt64.random(in: .min ... .max), radix: 16) }
    factory = MessageFactory(session: identifier ?? random() + random(), username: "kernel", date: date ?? timestamp)
  }

  /// The name of this session in the headers of its messages.
  var identifier: String { factory.session }

  // MARK: What comes in

  /// Says that the kernel starts; sent once, before anything else.
  public func announce() { publish(Status(.starting), parent: nil) }

  /// The greeting of whoever subscribed to a topic of IOPub. It must go out before anything else that the subscriber gets.
  public func welcome(subscription: [UInt8]) -> Message { factory.welcome(subscription: subscription) }

  /// Lets a request of the shell channel wait for its turn.
  public func enqueue(_ request: Message) {
    switch request.header.messageType {
    case "kernel_info_request", CommInfoRequest.messageType, HistoryRequest.messageType, IsCompleteRequest.messageType:
      questions.append(request)
    case CompleteRequest.messageType, InspectRequest.messageType: editorQuestions.append(request)
    default:
      queue.append(QueuedRequest(message: request))
      if request.header.messageType == ExecuteRequest.messageType { announceWaitingCells() }
    }
  }

  /// Serves cells and what else must keep its order with them, waiting for requests, until ``close()``.
  public func serveShell() {
    while let request = queue.next() { serve(request.message, on: .shell, isAborted: request.isAborted) }
  }

  /// Serves questions that take no time, until ``close()``.
  public func serveQuestions() {
    while let request = questions.next() { serve(request, on: .shell) }
  }

  /// Serves completion and inspection, until ``close()``. The first one loads the compiler, which takes a second.
  public func serveEditor() {
    while let request = editorQuestions.next() { serve(request, on: .shell) }
  }

  /// Serves what waits on the shell channel, and returns when there is nothing.
  func serveWaiting() {
    while let request = questions.nextIfAny() ?? editorQuestions.nextIfAny() { serve(request, on: .shell) }
    while let request = queue.nextIfAny() { serve(request.message, on: .shell, isAborted: request.isAborted) }
  }

  /// Ends ``serveShell()``, ``serveQuestions()`` and ``serveEditor()`` after the requests that they serve.
  public func close() {
    queue.close()
    questions.close()
    editorQuestions.close()
  }

  /// Gives the running cell the line that it has asked for; an answer that nobody waits for is dropped.
  public func receive(_ answer: Message) {
    do {
      let reply = try InputReply(content: answer.content)
      let isAwaited = state.withLock { state in
        defer { state.awaitsInput = false }
        return state.awaitsInput
      }
      if isAwaited { evaluator.answer(.line(reply.value)) } else { log("an input_reply came that no cell waits for; it is dropped") }
    } catch {
      log("\(error)")
    }
  }

  /// Asks whoever sent the request of the running cell for a line.
  func askForInput(_ content: InputRequest, parent: Message) {
    state.withLock { $0.awaitsInput = true }
    transport.send(factory.reply(content, to: parent), on: .stdin)
  }

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

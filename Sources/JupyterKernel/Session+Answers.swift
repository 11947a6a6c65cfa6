import Display
import JupyterProtocol

/// What a request gets: a reply, or none, and perhaps the end of the kernel.
struct Answer {
  var reply: (any MessageContent)?
  var endsKernel = false
}

extension Session {
  /// Does what a request asks for. Content that cannot be used is answered with an error, so that nobody waits for ever.
  func answer(to request: Message, on channel: Channel, isAborted: Bool) -> Answer {
    let type = request.header.messageType
    do {
      switch (type, channel) {
      case (ExecuteRequest.messageType, .shell):
        if isAborted { return Answer(reply: ExecuteReply.aborted(executionCount: state.withLock(\.executionCount))) }
        return Answer(reply: execute(try ExecuteRequest(content: request.content), parent: request))
      case (CompleteRequest.messageType, .shell):
        return Answer(reply: completions(for: try CompleteRequest(content: request.content)))
      case (InspectRequest.messageType, .shell):
        let question = try InspectRequest(content: request.content)
        return Answer(
          reply: InspectReply(evaluator.inspection(of: question.code, at: question.cursor, isDetailed: question.isDetailed)))
      case (IsCompleteRequest.messageType, .shell):
        return Answer(reply: completeness(of: try IsCompleteRequest(content: request.content)))
      case (HistoryRequest.messageType, .shell):
        return Answer(reply: history(try HistoryRequest(content: request.content)))
      case (CommInfoRequest.messageType, .shell):
        let target = try CommInfoRequest(content: request.content).target
        return Answer(reply: CommInfoReply(comms: state.withLock(\.comms).filter { target == nil || $0.target == target }))
      case ("comm_open", .shell), ("comm_msg", .shell), ("comm_close", .shell):
        receive(try CommMessage(request), parent: request)
        return Answer()
      case ("kernel_info_request", _):
        return Answer(reply: kernelInfo)
      case ("interrupt_request", .control):
        evaluator.interrupt()
        return Answer(reply: InterruptReply())
      case (ShutdownRequest.messageType, _):
        return Answer(reply: ShutdownReply(isRestart: try ShutdownRequest(content: request.content).isRestart), endsKernel: true)
      case ("create_subshell_request", .control), ("delete_subshell_request", .control), ("list_subshell_request", .control):
        // A subshell would be one more line of cells that waits for the same process: nothing is gained, so none is offered.
        return refusal(of: type, "subshells are not supported: one cell runs at a time; questions are answered meanwhile without them")
      case ("debug_request", .control):
        return refusal(of: type, "there is no debugger")
      default:
        log("«\(type)» on \(channel.rawValue) is not known; it gets no reply")
        return Answer()
      }
    } catch {
      log("\(error)")
      // A comm_open has no reply that could carry an error.
      let isRequest = type.hasSuffix("_request")
      return Answer(reply: isRequest ? ErrorReply(to: type, name: "MalformedRequest", message: "\(error)") : nil)
    }
  }

  /// The feature is not among `supported_features`; whoever asks all the same does not wait for ever.
  private func refusal(of type: String, _ sentence: String) -> Answer {
    Answer(reply: ErrorReply(to: type, name: "NotSupported", message: sentence))
  }

  private var kernelInfo: KernelInfoReply {
    let language = evaluator.language
    return KernelInfoReply(
      implementation: implementation.name, implementationVersion: implementation.version, banner: implementation.banner,
      language: [
        "name": .string(language.name), "version": .string(language.version), "mimetype": .string(language.mimeType),
        "file_extension": .string(language.fileExtension), "pygments_lexer": .string(language.pygmentsLexer),
        "codemirror_mode": .string(language.codeMirrorMode),
      ],
      helpLinks: implementation.helpLinks, supportedFeatures: [])
  }

  private func completions(for request: CompleteRequest) -> CompleteReply {
    let found = evaluator.completions(in: request.code, at: request.cursor)
    return CompleteReply(
      replacing: found.start..<max(found.start, found.end),
      by: found.items.map { CompleteReply.Match(text: $0.text, type: $0.kind.rawValue, signature: $0.signature) })
  }

  private func completeness(of request: IsCompleteRequest) -> IsCompleteReply {
    switch evaluator.completeness(of: request.code) {
    case .complete: .complete
    case .incomplete(let indent): .incomplete(indent: indent)
    case .invalid: .invalid
    case .unknown: .unknown
    }
  }

  private func history(_ request: HistoryRequest) -> HistoryReply {
    let earlier = historyFile?.entries(otherThan: identifier) ?? []
    return HistoryReply(state.withLock { $0.history.entries(for: request.access, earlier: earlier) }, hasOutput: request.wantsOutput)
  }
}

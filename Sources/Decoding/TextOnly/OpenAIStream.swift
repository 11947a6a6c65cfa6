import Display
internal import HTTP
import LanguageModels
internal import Synchronization

extension OpenAIServer {
  /// A text in the pieces in which the server writes it.
  ///
  /// ```swift
  /// for try await piece in server.stream("Tell me a story.", using: TextSampling(maximumNewTokens: 200), seed: 7) { print(piece, terminator: "") }
  /// ```
  /// Leaving the loop ends the request. A request whose text has begun is not sent again.
  public func stream(_ prompt: String, using settings: TextSampling, seed: UInt64) -> AsyncThrowingStream<String, any Error> {
    stream(TextPrompt(prompt), settings, seed)
  }

  /// The next message of a conversation, in pieces.
  public func stream(
    _ conversation: [ChatMessage], using settings: TextSampling, seed: UInt64
  ) -> AsyncThrowingStream<String, any Error> {
    stream(TextPrompt(conversation), settings, seed)
  }

  private func stream(_ prompt: TextPrompt, _ settings: TextSampling, _ seed: UInt64) -> AsyncThrowingStream<String, any Error> {
    AsyncThrowingStream { continuation in
      let task = Task {
        do {
          try await receive(prompt, settings, seed) { continuation.yield($0) }
          continuation.finish()
        } catch { continuation.finish(throwing: error) }
      }
      continuation.onTermination = { _ in task.cancel() }
    }
  }

  private func receive(
    _ prompt: TextPrompt, _ settings: TextSampling, _ seed: UInt64, _ piece: @escaping @Sendable (String) -> Void
  ) async throws {
    let request = try httpRequest(body(prompt, settings, numbers: [0], seed: seed, isStreamed: true))
    struct Received {
      var head: HTTPHead?
      var events = ServerSentEvents()
      var failure: [UInt8] = []
      var problem: OpenAIServerError?
      var isDone = false
    }
    var attempt = 1
    while true {
      let received = Mutex(Received())
      try await HTTP.perform(request) { head in
        received.withLock { $0.head = head }
        return true
      } bytes: { bytes in
        received.withLock { received in
          guard received.head?.isSuccess ?? false else {
            received.failure += bytes.prefix(max(0, 10_000 - received.failure.count))
            return received.failure.count < 10_000
          }
          for event in received.events.read(bytes) {
            if event == "[DONE]" {
              received.isDone = true
              continue
            }
            guard let json = try? JSON(parsing: event) else {
              received.problem = .unreadable(server: url, problem: "an event of the stream is no JSON")
              return false
            }
            if let error = json["error"] {
              received.problem = .unreadable(server: url, problem: error["message"]?.stringValue ?? error.compactText)
              return false
            }
            let choice = json["choices"]?[0]
            if let text = choice?["delta"]?["content"]?.stringValue ?? choice?["text"]?.stringValue, !text.isEmpty { piece(text) }
            if choice?["finish_reason"]?.stringValue != nil { received.isDone = true }
          }
          return true
        }
      }
      let result = received.withLock { $0 }
      if let problem = result.problem { throw problem }
      guard let head = result.head else { throw OpenAIServerError.unreadable(server: url, problem: "it is empty") }
      if head.isSuccess {
        if !result.isDone { throw OpenAIServerError.unreadable(server: url, problem: "the stream broke off") }
        return
      }
      guard head.status == 429 || head.status >= 500, attempt < attempts else { throw failure(head, result.failure, attempt) }
      try await pause(OpenAIServer.wait(attempt, after: head["retry-after"]))
      attempt += 1
    }
  }
}

/// Reads a stream of events as it comes, in whatever pieces.
///
/// Source: the HTML standard, «Server-sent events», section 9.2.6: lines end with CR, LF or both; an empty line ends an event; several `data`
/// lines are one text.
struct ServerSentEvents {
  private var line: [UInt8] = []
  private var data: [String] = []
  private var lastWasReturn = false

  /// The data of the events that are complete now.
  mutating func read(_ bytes: some Sequence<UInt8>) -> [String] {
    var events: [String] = []
    for byte in bytes {
      let endsReturn = lastWasReturn && byte == 10
      lastWasReturn = byte == 13
      if endsReturn { continue }
      if byte != 10 && byte != 13 {
        line.append(byte)
        continue
      }
      let text = String(decoding: line, as: UTF8.self)
      line = []
      if text.isEmpty {
        if !data.isEmpty { events.append(data.joined(separator: "\n")) }
        data = []
      } else if text.hasPrefix("data:") {
        let value = text.dropFirst(5)
        data.append(String(value.hasPrefix(" ") ? value.dropFirst() : value))
      }
    }
    return events
  }
}

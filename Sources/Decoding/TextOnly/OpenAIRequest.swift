import Display
internal import Glibc
internal import HTTP
import LanguageModels

extension OpenAIServer {
  /// What is sent.
  func body(
    _ prompt: TextPrompt, _ settings: TextSampling, numbers: [Int], seed: UInt64, isStreamed: Bool
  ) throws(OpenAIServerError) -> JSON {
    var body: JSON.Object = [
      "model": .string(model), "max_tokens": .integer(settings.maximumNewTokens), "temperature": .number(settings.temperature),
      "top_p": .number(settings.topP),
    ]
    var place = ""
    switch interface {
    case .chat:
      let messages = prompt.messages
      body["messages"] = .array(messages.map { ["role": .string($0.role.rawValue), "content": .string($0.text)] })
      place = messages.map { "\($0.role.rawValue)\n\($0.text)" }.joined(separator: "\n")
      if asksForLogProbabilities { body["logprobs"] = .bool(true) }
    case .completions:
      guard let text = prompt.text else { throw .conversation(server: url) }
      body["prompt"] = .string(text)
      place = text
      // How many alternatives to list beside each token's own; some servers take 0 for not at all.
      if asksForLogProbabilities { body["logprobs"] = .integer(1) }
    }
    // 31 bits: servers keep seeds in signed integers of 32.
    let draw = RandomStream(seed: seed, prompt: place.utf8.map(Int.init), sample: numbers[0], step: 0).uniform()
    body["seed"] = .integer(Int(draw * 0x1p31))
    if numbers.count > 1 { body["n"] = .integer(numbers.count) }
    if !settings.stop.isEmpty { body["stop"] = .array(settings.stop.map { .string($0) }) }
    if isStreamed { body["stream"] = .bool(true) }
    return .object(body)
  }

  func httpRequest(_ body: JSON) throws(OpenAIServerError) -> HTTPRequest {
    var headers: [(name: String, value: String)] = [("Content-Type", "application/json")]
    if let key { headers.append(("Authorization", "Bearer \(try key.value())")) }
    let path = interface == .chat ? "/chat/completions" : "/completions"
    return HTTPRequest(url + path, method: "POST", headers: headers, body: Array(body.compactText.utf8), timeouts: timeouts)
  }

  /// Sends a body until the server answers with success, or the attempts are used up.
  func send(_ body: JSON) async throws -> [UInt8] {
    let request = try httpRequest(body)
    var attempt = 1
    while true {
      do {
        let response = try await HTTP.send(request)
        if response.head.isSuccess { return response.body }
        guard OpenAIServer.mayPass.contains(response.status), attempt < attempts else {
          throw failure(response.head, response.body, attempt)
        }
        try await pause(OpenAIServer.wait(attempt, after: response.head["retry-after"]))
      } catch let error as HTTPError {
        switch error {
        case .noConnection, .broken, .timedOut:
          guard attempt < attempts else { throw error }
          try await pause(OpenAIServer.wait(attempt, after: nil))
        default: throw error
        }
      }
      attempt += 1
    }
  }

  /// Statuses after which the same request may succeed.
  private static let mayPass: Set<Int> = [408, 425, 429, 500, 502, 503, 504]

  /// How long to wait after an attempt: as the server says, at most 2 minutes, else ½, 1, 2, … seconds, at most 30.
  static func wait(_ attempt: Int, after header: String?) -> Duration {
    if let header {
      if let seconds = Double(header) { return .milliseconds(Int64(min(max(seconds, 0), 120) * 1_000)) }
      if let moment = seconds(ofDate: header) { return .seconds(min(max(moment - time(nil), 0), 120)) }
    }
    return min(.milliseconds(500 << min(attempt - 1, 6)), .seconds(30))
  }

  /// Seconds since 1970 of «Wed, 21 Oct 2015 07:28:00 GMT».
  private static func seconds(ofDate text: String) -> Int? {
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let words = text.split { $0 == " " || $0 == ":" }
    guard words.count == 8, let month = months.firstIndex(of: String(words[2])) else { return nil }
    let numbers = [1, 3, 4, 5, 6].compactMap { Int32(words[$0]) }
    guard numbers.count == 5 else { return nil }
    var moment = tm()
    (moment.tm_mday, moment.tm_mon, moment.tm_year) = (numbers[0], Int32(month), numbers[1] - 1_900)
    (moment.tm_hour, moment.tm_min, moment.tm_sec) = (numbers[2], numbers[3], numbers[4])
    return timegm(&moment)
  }

  func failure(_ head: HTTPHead, _ body: [UInt8], _ attempts: Int) -> OpenAIServerError {
    let json = try? JSON(parsing: body)
    let error = json?["error"] ?? json?["detail"]
    var message = error?["message"]?.stringValue ?? error?.stringValue ?? json?["message"]?.stringValue ?? ""
    if message.isEmpty, json == nil { message = String(decoding: body.prefix(200), as: UTF8.self) }
    message = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    // Servers repeat a wrong key in their words.
    if let key = try? key?.value() { message = message.replacing(key, with: "…") }
    return .status(head.status, server: url, message: String(message.prefix(300)), attempts: attempts)
  }
}

/// An answer without stream.
struct OpenAIAnswer {
  var texts: [DrawnText] = []
  let tokensRead: Int
  let tokensWritten: Int

  init(of server: OpenAIServer, body: [UInt8], texts count: Int) throws {
    func unreadable(_ problem: String) -> OpenAIServerError { .unreadable(server: server.url, problem: problem) }
    let json: JSON
    do { json = try JSON(parsing: body) } catch { throw unreadable("\(error)") }
    guard let choices = json["choices"]?.arrayValue else { throw unreadable("it has no «choices»") }
    guard choices.count == count else { throw OpenAIServerError.fewTexts(server: server.url, asked: count, got: choices.count) }
    tokensRead = json["usage"]?["prompt_tokens"]?.intValue ?? 0
    tokensWritten = json["usage"]?["completion_tokens"]?.intValue ?? 0
    // By their own numbers: a server may list them as they finish.
    let order = choices.indices.sorted { (choices[$0]["index"]?.intValue ?? $0) < (choices[$1]["index"]?.intValue ?? $1) }
    for choice in order.map({ choices[$0] }) {
      guard let text = server.interface == .chat ? choice["message"]?["content"]?.stringValue ?? "" : choice["text"]?.stringValue else {
        throw unreadable("a choice has no text")
      }
      let scores =
        choice["logprobs"]?["content"]?.arrayValue.map { $0.compactMap { $0["logprob"]?.doubleValue } }
        ?? choice["logprobs"]?["token_logprobs"]?.arrayValue?.compactMap(\.doubleValue)
      let isScored = server.asksForLogProbabilities && !(scores ?? []).isEmpty
      texts.append(
        DrawnText(
          text: text, logProbability: isScored ? scores!.reduce(0, +) : nil,
          tokenCount: isScored ? scores!.count : count == 1 && tokensWritten > 0 ? tokensWritten : nil,
          isFinished: choice["finish_reason"]?.stringValue != "length"))
    }
  }
}

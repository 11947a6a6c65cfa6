import LanguageModels
internal import Glibc
internal import HTTP

/// A server that speaks OpenAI's protocol: vLLM, llama.cpp, transformers, OpenAI itself.
///
/// ```swift
/// let server = OpenAIServer("http://127.0.0.1:8000/v1", model: "smollm2")
/// let voted = try await server.generate("What is 17 + 25?", using: TextSampling().majority(of: 8, answer: .integer), seed: 7)
/// for try await piece in server.stream("Tell me a story.", using: TextSampling(), seed: 7) { print(piece, terminator: "") }
/// ```
/// Each text is a request of its own, with a seed that is a function of the seed, the prompt and the sample's number: a server that honours
/// seeds gives the same texts whatever else was asked for. At most `concurrency` requests are under way at a time. A server that is busy
/// (429) or fails (408, 5xx, a broken connection) is asked again, after the time that it names or after ½, 1, 2, … seconds.
///
/// Source: the reference of OpenAI's API, «Chat completions» and «Completions».
public struct OpenAIServer: TextGenerator {
  /// Which of the two interfaces is used.
  public enum Interface: String, Sendable {
    /// A prompt is a conversation, and the server knows the model's form for one.
    case chat
    /// A prompt is a text that the model goes on with.
    case completions
  }

  /// A key that is read when a request is sent, and never shown.
  public struct Key: Sendable, CustomStringConvertible, CustomReflectable {
    let variable: String
    /// The value of an environment variable.
    public static func environment(_ variable: String) -> Key { Key(variable: variable) }
    public var description: String { ".environment(\"\(variable)\")" }
    public var customMirror: Mirror { Mirror(self, children: ["variable": variable]) }

    func value() throws(OpenAIServerError) -> String {
      guard let value = getenv(variable), value.pointee != 0 else { throw .noKey(variable: variable) }
      return String(cString: value)
    }
  }

  public let url: String
  public let model: String
  public let interface: Interface
  public let key: Key?
  public let samplesPerRequest: Int
  public let concurrency: Int
  public let attempts: Int
  public let asksForLogProbabilities: Bool
  let timeouts: HTTPRequest.Timeouts
  /// Waits between attempts; another one in tests.
  var pause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

  /// - Parameters:
  ///   - url: up to and with the version: `http://127.0.0.1:8000/v1`.
  ///   - model: as the server calls it.
  ///   - key: where the key is, for a server that wants one.
  ///   - logProbabilities: whether to ask for the log-probabilities of the texts' tokens, for servers that offer them.
  ///   - samplesPerRequest: how many texts are asked for in one request (`n`), 1 ... 128. With more than one, the prompt is sent once for
  ///     all of them, and they share a seed.
  ///   - concurrency: how many requests are under way at a time, 1 ... 256.
  ///   - attempts: how often a request is sent at most, 1 ... 20.
  ///   - seconds: how long a server may stay silent, 1 ... 86,400.
  public init(
    _ url: String, model: String, interface: Interface = .chat, key: Key? = nil, logProbabilities: Bool = false, samplesPerRequest: Int = 1,
    concurrency: Int = 4, attempts: Int = 5, seconds: Double = 300
  ) {
    require(url.hasPrefix("http://") || url.hasPrefix("https://"), "OpenAIServer(\"\(url)\"): an address begins with http:// or https://.")
    require((1...128).contains(samplesPerRequest), "OpenAIServer(samplesPerRequest: \(samplesPerRequest)): from 1 to 128 are allowed.")
    require((1...256).contains(concurrency), "OpenAIServer(concurrency: \(concurrency)): from 1 to 256 are allowed.")
    require((1...20).contains(attempts), "OpenAIServer(attempts: \(attempts)): from 1 to 20 are allowed.")
    require((1...86_400).contains(seconds), "OpenAIServer(seconds: \(seconds)): from 1 to 86,400 are allowed.")
    self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
    self.model = model
    self.interface = interface
    self.key = key
    self.samplesPerRequest = samplesPerRequest
    self.concurrency = concurrency
    self.attempts = attempts
    asksForLogProbabilities = logProbabilities
    timeouts = HTTPRequest.Timeouts(idle: .milliseconds(Int64(seconds * 1_000)))
  }

  public func write(_ request: TextRequest, _ settings: TextSampling) async throws -> TextGeneration {
    let clock = ContinuousClock()
    let start = clock.now
    let groups = stride(from: 0, to: request.numbers.count, by: samplesPerRequest).map { first in
      Array(request.numbers[first..<min(first + samplesPerRequest, request.numbers.count)])
    }
    let answers = try await inParallel(groups, width: concurrency) { numbers in
      let answer = try await send(body(request.prompt, settings, numbers: numbers, seed: request.seed, isStreamed: false))
      return try OpenAIAnswer(of: self, body: answer, texts: numbers.count)
    }
    var ledger = Ledger()
    ledger.batches = answers.count
    for answer in answers {
      ledger.tokensRead += answer.tokensRead
      ledger.tokensWritten += answer.tokensWritten
      ledger.forwardCalls += answer.tokensWritten
    }
    let (seconds, attoseconds) = (clock.now - start).components
    ledger.seconds = Double(seconds) + Double(attoseconds) * 1e-18
    return TextGeneration(strategy: "\(settings)", seed: request.seed, texts: answers.flatMap(\.texts), ledger: ledger)
  }

  public var description: String { "OpenAIServer(\"\(url)\", model: \"\(model)\")" }
}

/// Why a server did not answer as it should.
public enum OpenAIServerError: Error, Equatable, CustomStringConvertible {
  /// The environment has no such variable.
  case noKey(variable: String)
  /// An error status, after all attempts; with the server's own words.
  case status(Int, server: String, message: String, attempts: Int)
  /// An answer that cannot be read.
  case unreadable(server: String, problem: String)
  case fewTexts(server: String, asked: Int, got: Int)
  /// A conversation for an interface that takes a text.
  case conversation(server: String)

  public var description: String {
    switch self {
    case .noKey(let variable): "The environment variable \(variable) is empty: it has to hold the server's key."
    case .status(let status, let server, let message, let attempts):
      "\(server) answered with status \(status)\(attempts > 1 ? " \(attempts) times" : "")"
        + (message.isEmpty ? "." : ": \(message)\(message.hasSuffix(".") ? "" : ".")")
    case .unreadable(let server, let problem): "\(server) gave an answer that cannot be read: \(problem)."
    case .fewTexts(let server, let asked, let got):
      "\(server) was asked for \(asked) texts at once and gave \(got): use samplesPerRequest: 1."
    case .conversation(let server):
      "\(server) is asked for completions, which go on with a text: a conversation needs interface: .chat."
    }
  }
}

import LanguageModels

/// What writes texts and shows no logits: a server. It is another type than a ``LanguageModel``.
///
/// ```swift
/// let server = OpenAIServer("http://127.0.0.1:8000/v1", model: "smollm2")
/// try await server.generate("What is 17 + 25?", using: TextSampling(temperature: 0.8).majority(of: 8, answer: .integer), seed: 7)
/// ```
/// Best of N, votes, rejection, minimum Bayes risk and refinement need texts only, so that they work on both. A beam search looks at the
/// probabilities of tokens; with a server it does not compile.
public protocol TextGenerator: Sendable, CustomStringConvertible {
  /// Writes a text for each number of the request, in their order.
  func write(_ request: TextRequest, _ settings: TextSampling) async throws -> TextGeneration
}

/// What a server is asked to do.
public struct TextRequest: Sendable {
  public var generator: any TextGenerator
  public var prompt: TextPrompt
  /// The numbers of the samples, at least one.
  public var numbers: [Int]
  public var seed: UInt64
  public var problem: Problem?

  public init(generator: any TextGenerator, prompt: TextPrompt, numbers: [Int], seed: UInt64, problem: Problem? = nil) {
    self.generator = generator
    self.prompt = prompt
    self.numbers = numbers
    self.seed = seed
    self.problem = problem
  }
}

/// A prompt for a server: a text or a conversation, and what has followed it.
public struct TextPrompt: Sendable {
  enum Beginning: Sendable {
    case text(String)
    case conversation([ChatMessage])
  }

  let beginning: Beginning
  var turns: [Drawing.Turn] = []

  public init(_ text: String) { beginning = .text(text) }
  public init(_ conversation: [ChatMessage]) { beginning = .conversation(conversation) }

  /// As a conversation: a text is what the user says.
  public var messages: [ChatMessage] {
    let first: [ChatMessage] =
      switch beginning {
      case .text(let text): [.user(text)]
      case .conversation(let messages): messages
      }
    return first + turns.flatMap { [.assistant($0.attempt.text), .user($0.instruction)] }
  }

  /// As a text that is gone on with; nil for a conversation, whose form only the server knows.
  public var text: String? {
    guard case .text(let text) = beginning else { return nil }
    return text + turns.map { $0.attempt.text + $0.framed }.joined()
  }
}

/// A strategy that needs texts only.
public protocol TextStrategy: TextSource {
  associatedtype Outcome: DrawnTexts
  func generate(_ request: TextRequest) async throws -> Outcome
}

/// Draws texts with the settings that servers offer.
///
/// ```swift
/// TextSampling(temperature: 0.8, topP: 0.9, maximumNewTokens: 200, stop: ["\n\n"])
/// ```
/// In which order a server applies temperature and top-p is its own matter: OpenAI's and vLLM's take the temperature first.
public struct TextSampling: TextStrategy {
  public let temperature: Double
  public let topP: Double
  public let maximumNewTokens: Int
  public let stop: [String]

  /// - Parameters:
  ///   - temperature: from 0, which is greedy, to 2, as servers have it.
  ///   - topP: above 0, at most 1, which keeps everything.
  ///   - maximumNewTokens: at least 1.
  ///   - stop: where a text ends, that part excluded; at most 4, none empty.
  public init(temperature: Double = 1, topP: Double = 1, maximumNewTokens: Int = 100, stop: [String] = []) {
    require((0...2).contains(temperature), "TextSampling(temperature: \(temperature)): from 0 to 2 is allowed.")
    require(topP > 0 && topP <= 1, "TextSampling(topP: \(topP)): more than 0 and at most 1 is allowed.")
    require(maximumNewTokens >= 1, "TextSampling(maximumNewTokens: \(maximumNewTokens)): at least 1 token is written.")
    require(
      stop.count <= 4 && stop.allSatisfy { !$0.isEmpty },
      "TextSampling(stop: \(stop)): at most 4 texts are allowed, and none that is empty.")
    self.temperature = temperature
    self.topP = topP
    self.maximumNewTokens = maximumNewTokens
    self.stop = stop
  }

  public func generate(_ request: TextRequest) async throws -> TextGeneration { try await request.generator.write(request, self) }

  public var description: String {
    let settings = [temperature == 1 ? nil : "temperature: \(temperature)", topP == 1 ? nil : "topP: \(topP)"]
    return "TextSampling(\(settings.compactMap { $0 }.joined(separator: ", ")))"
  }
}

extension TextGenerator {
  /// Draws texts after a prompt.
  ///
  /// - Throws: what the generator throws: one sentence.
  public func generate<S: TextStrategy>(_ prompt: String, using strategy: S, samples: Int = 1, seed: UInt64) async throws -> S.Outcome {
    try await generate(TextPrompt(prompt), using: strategy, samples: samples, seed: seed)
  }

  /// Draws the next message of a conversation.
  public func generate<S: TextStrategy>(
    _ conversation: [ChatMessage], using strategy: S, samples: Int = 1, seed: UInt64
  ) async throws -> S.Outcome {
    try await generate(TextPrompt(conversation), using: strategy, samples: samples, seed: seed)
  }

  private func generate<S: TextStrategy>(_ prompt: TextPrompt, using strategy: S, samples: Int, seed: UInt64) async throws -> S.Outcome {
    require(samples >= 1, "samples: \(samples) was asked for; a strategy draws at least 1.")
    return try await strategy.generate(TextRequest(generator: self, prompt: prompt, numbers: Array(0..<samples), seed: seed))
  }

  /// Beam search, adapters and checkers look at logits; this form is there to say so.
  @available(
    *, unavailable,
    message:
      "a server gives texts, no logits: beams, searches and adapters need a model such as GPT(\"…\"). A server draws with TextSampling(temperature:topP:), and best(of:by:), majority(of:answer:), untilAccepted(by:budget:) or refined(by:rounds:) of it"
  )
  public func generate<S: Strategy>(_ prompt: String, using strategy: S, samples: Int = 1, seed: UInt64 = 0) async throws -> S.Outcome {
    fatalError("unavailable")
  }
}

extension LanguageModel {
  /// The settings of a server are no strategy for a model with logits; this form is there to say so.
  @available(
    *, unavailable,
    message: "TextSampling is for servers; a model with logits draws with Sampling { Temperature(0.8); TopP(0.9) }"
  )
  public func generate<S: TextStrategy>(_ prompt: String = "", using strategy: S, samples: Int = 1, seed: UInt64) async throws -> S.Outcome
  {
    fatalError("unavailable")
  }
}

extension Combination where Base: TextStrategy {
  /// Draws from a server.
  func run(_ request: TextRequest) async throws -> MetaGeneration {
    try await run(
      Drawing(numbers: request.numbers, seed: request.seed, problem: request.problem) { numbers, turns in
        var request = request
        request.numbers = numbers
        request.prompt.turns += turns
        return try await base.generate(request)
      })
  }
}

extension BestOf: TextStrategy where Base: TextStrategy {
  public func generate(_ request: TextRequest) async throws -> MetaGeneration { try await run(request) }
}
extension UntilAccepted: TextStrategy where Base: TextStrategy {
  public func generate(_ request: TextRequest) async throws -> MetaGeneration { try await run(request) }
}
extension Majority: TextStrategy where Base: TextStrategy {
  public func generate(_ request: TextRequest) async throws -> MetaGeneration { try await run(request) }
}
extension MinimumBayesRisk: TextStrategy where Base: TextStrategy {
  public func generate(_ request: TextRequest) async throws -> MetaGeneration { try await run(request) }
}
extension Refined: TextStrategy where Base: TextStrategy {
  public func generate(_ request: TextRequest) async throws -> MetaGeneration { try await run(request) }
}

import LanguageModels

/// What draws whole texts at random: a sampling strategy on a model, the settings of a server, and every combination of them.
///
/// ```swift
/// nucleus.best(of: 16, by: \.logProbability)
/// nucleus.majority(of: 8, answer: .integer)
/// nucleus.majority(of: 5, answer: .integer).best(of: 3, by: TestCases("assert add(2, 3) == 5"))
/// ```
/// Sample s of a combination of N texts is made of the samples s·N ..< (s + 1)·N of what it combines: the first N of best of 2N are
/// best of N, and an answer does not depend on what else was asked for.
///
/// Source: Welleck et al. 2024, «From decoding to meta-generation», sections 4 and 5.
public protocol TextSource: Sendable, CustomStringConvertible {}

/// A combination of texts that a source draws. The work is the same whether the source is a model with logits or a server.
protocol Combination: TextSource {
  associatedtype Base: TextSource
  var base: Base { get }
  func run(_ drawing: Drawing) async throws -> MetaGeneration
}

/// What a combination is asked for, and how it gets its texts.
struct Drawing: Sendable {
  /// An attempt that was answered: its text, and what the next prompt says after it.
  struct Turn: Sendable {
    var attempt: DrawnText
    /// What is said of it.
    var instruction: String
    var frame: RepairPrompt.Frame
  }

  /// The numbers of the samples that are asked for.
  let numbers: [Int]
  let seed: UInt64
  let problem: Problem?
  /// Draws samples by their numbers, after the prompt and the turns that followed it.
  let draw: @Sendable (_ numbers: [Int], _ turns: [Turn]) async throws -> any DrawnTexts

  /// The numbers of the N texts that each sample is made of.
  func parts(_ count: Int) -> [Int] { numbers.flatMap { number in (0..<count).map { number * count + $0 } } }

  /// N texts for each sample, and what they cost.
  func groups(of count: Int) async throws -> (groups: [[DrawnText?]], drawn: any DrawnTexts) {
    let drawn = try await draw(parts(count), [])
    let samples = drawn.samples
    return (numbers.indices.map { Array(samples[$0 * count..<($0 + 1) * count]) }, drawn)
  }
}

extension Combination where Base: RandomStrategy {
  /// Draws from a model with logits.
  func run(_ request: GenerationRequest) async throws -> MetaGeneration {
    try await run(
      Drawing(numbers: request.numbers, seed: request.seed, problem: request.problem) { numbers, turns in
        var request = request
        request.numbers = numbers
        for turn in turns {
          request.prompt += turn.attempt.continuation?.tokens ?? []
          request.prompt += try request.model.vocabulary.tokens(continuing: turn.framed)
        }
        return try await base.generate(request)
      })
  }
}

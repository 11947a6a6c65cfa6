/// What candidates are ranked or weighted by: something that is known of them, a reward, or a verifier.
struct Score: Sendable {
  enum Kind: Sendable {
    case known(@Sendable (DrawnText) -> Double?)
    case reward(@Sendable (DrawnText) async throws -> Double)
    case verifier(any Verifier)
  }

  let kind: Kind
  /// As a cell writes it.
  let name: String

  init(_ path: KeyPath<DrawnText, Double?> & Sendable) {
    kind = .known { $0[keyPath: path] }
    name =
      switch path {
      case \DrawnText.logProbability: "\\.logProbability"
      case \DrawnText.meanLogProbability: "\\.meanLogProbability"
      default: "a key path"
      }
  }

  init(_ reward: @escaping @Sendable (DrawnText) async throws -> Double) {
    kind = .reward(reward)
    name = "a reward"
  }

  init(_ verifier: some Verifier) {
    kind = .verifier(verifier)
    name = "\(verifier)"
  }

  /// The candidates with their scores.
  ///
  /// - Parameter calls: grows by the number of times that a reward or a verifier was asked.
  func entries(of candidates: [DrawnText], for problem: Problem?, calls: inout Int) async throws -> [Selection.Entry] {
    var entries = candidates.map { Selection.Entry(candidate: $0) }
    switch kind {
    case .known(let value):
      for index in entries.indices {
        guard let score = value(candidates[index]) else { throw MetaGenerationError.notKnown(property: name) }
        entries[index].score = score
      }
    case .reward(let reward):
      for index in entries.indices {
        try Task.checkCancellation()
        calls += 1
        entries[index].score = try await reward(candidates[index])
      }
    case .verifier(let verifier):
      let judgements = try await verifier.judgements(of: candidates.map(\.text), for: problem, calls: &calls)
      for index in entries.indices {
        entries[index].judgement = judgements[index]
        entries[index].score = judgements[index].score
      }
    }
    for entry in entries where entry.score?.isNaN ?? false { throw MetaGenerationError.noScore(by: name, text: entry.candidate.text) }
    return entries
  }
}

extension Verifier {
  /// A judgement for each text; equal texts are judged once.
  func judgements(of texts: [String], for problem: Problem?, calls: inout Int) async throws -> [Judgement] {
    try Task.checkCancellation()
    var places: [String: Int] = [:]
    var different: [String] = []
    for text in texts where places[text] == nil {
      places[text] = different.count
      different.append(text)
    }
    guard !different.isEmpty else { return [] }
    calls += different.count
    let judgements = try await judge(different, for: problem)
    guard judgements.count == different.count else {
      throw MetaGenerationError.judgements(by: "\(self)", count: judgements.count, texts: different.count)
    }
    return texts.map { judgements[places[$0]!] }
  }
}

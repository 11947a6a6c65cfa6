import LanguageModels
import Testing

@testable import Decoding

@Suite("A trace of what adapters did")
struct TraceTests {
  @Test("Kept mass, entropies and divergence by hand")
  func numbers() async throws {
    let model = try TableModel(["": ["a": 0.1, "b": 0.2, "c": 0.3, "d": 0.4]])
    let strategy = Sampling(maximumNewTokens: 1) { TopK(2) }
    let sample = try await model.generate(using: strategy, seed: 1).best
    let step = try await model.trace(of: sample, under: strategy).steps[0]
    #expect(step.keptTokens == 2)
    #expect(abs(step.keptMass - 0.7) < 1e-7)
    #expect(abs(step.entropy - 1.279854) < 1e-6)
    #expect(abs(step.adaptedEntropy - 0.682908) < 1e-6)
    // Renormalising what is left is log(1 / kept mass) away, whatever was left.
    #expect(abs(step.divergence - log(1 / 0.7)) < 1e-7)
    #expect(close(step.before, [0.4, 0.3, 0.2, 0.1], within: 1e-7))
    #expect(close(step.after, [4.0 / 7, 3.0 / 7, 0, 0], within: 1e-7))
  }

  @Test("The log-probabilities are those of the sample, for every chain")
  func agreement() async throws {
    let strategy = Sampling(maximumNewTokens: 3) {
      RepetitionPenalty(1.2)
      Temperature(0.7)
      Mirostat(target: 1)
    }
    for sample in try await course.generate(using: strategy, samples: 20, seed: 3).continuations {
      let trace = try await course.trace(of: sample, under: strategy)
      #expect(trace.steps.map(\.logProbability) == sample.logProbabilities)
      #expect(trace.steps.map(\.adaptedLogProbability) == sample.adaptedLogProbabilities)
      #expect(trace.steps.allSatisfy { $0.divergence >= -1e-12 && $0.keptMass <= 1 + 1e-6 })
    }
  }

  @Test("The table has strips; an adapter with chance is refused")
  func drawing() async throws {
    let strategy = Sampling(maximumNewTokens: 2) { TopK(1) }
    let sample = try await course.generate(using: strategy, seed: 1).best
    let trace = try await course.trace(of: sample, under: strategy)
    #expect(
      trace.description == """
        Sampling { TopK(1) }, step by step; strips: the model's 8 most probable tokens, before and after
        token    log p  adapted  kept  kept mass  entropy  entropy after     KL  before  after
        ──────  ──────  ───────  ────  ─────────  ───────  ─────────────  ─────  ──────  ─────
        neural  -0.598    0.000     1     0.5500    0.688          0.000  0.598  ▅▄      █·
        neural  -0.673    0.000     1     0.5100    0.693          0.000  0.673  ▅▄      █·
        """)
    let random = Sampling(maximumNewTokens: 2) { XTC(threshold: 0.1, probability: 0.5) }
    await #expect(throws: DecodingError.isRandom(adapter: "XTC(threshold: 0.1, probability: 0.5)")) {
      try await course.trace(of: sample, under: random)
    }
  }
}

import LanguageModels
import Testing

@testable import Decoding

@Suite("Sampling")
struct SamplingTests {
  @Test("The law of ancestral sampling is the model's own distribution")
  func ancestralLaw() async throws {
    let law = try await course.law(of: Sampling(maximumNewTokens: 3))
    #expect(law.entries.count == 8)
    #expect(abs(law.entries.reduce(0) { $0 + exp($1.adaptedLogProbability) } - 1) < 1e-6)
    for entry in law.entries { #expect(abs(entry.logProbability - entry.adaptedLogProbability) < 1e-6) }
    #expect(abs(law.probability(of: "network neural network") - 0.22275) < 1e-7)
    #expect(law.entries[0].text == "network neural network")
  }

  @Test("The law of top-p is that of the products of truncated distributions")
  func truncatedLaw() async throws {
    // After «network neural» only «network» is left at .9; everywhere else both words stay.
    let law = try await course.law(of: Sampling(maximumNewTokens: 3) { TopP(0.9) })
    #expect(law.entries.count == 7)
    #expect(abs(law.probability(of: "network neural network") - 0.45 * 0.55) < 1e-6)
    #expect(law.probability(of: "network neural neural") == 0)
    #expect(abs(law.probability(of: "neural neural neural") - 0.55 * 0.51 * 0.5) < 1e-6)
  }

  @Test("With top-k 1, and as the temperature goes to 0, the law is all on the greedy text")
  func greedyLaws() async throws {
    for seed in 0..<20 as Range<UInt64> {
      let model = randomTable(words: 3, depth: 3, seed: seed)
      let greedy = try await model.generate(using: Greedy(maximumNewTokens: 4)).text
      #expect(try await model.law(of: Sampling(maximumNewTokens: 4) { TopK(1) }).entries.map(\.text) == [greedy])
      #expect(try await model.law(of: Sampling(maximumNewTokens: 4) { Temperature(1e-4) }).entries[0].text == greedy)
    }
  }

  @Test("Frequencies of samples come close to the law")
  func frequencies() async throws {
    let sampling = Sampling(maximumNewTokens: 3) {
      Temperature(1.5)
      TopP(0.95)
    }
    let law = try await course.law(of: sampling)
    let drawn = try await course.generate(using: sampling, samples: 20_000, seed: 1)
    for entry in law.entries {
      let p = exp(entry.adaptedLogProbability)
      let share = Double(drawn.continuations.count { $0.tokens == entry.tokens }) / 20_000
      #expect(abs(share - p) < 4 * (p * (1 - p) / 20_000).squareRoot(), "\(entry.text): \(share), law \(p)")
    }
  }

  @Test("The first N of 2N samples are the N samples, and other prompts in between change nothing")
  func keyed() async throws {
    let model = randomTable(words: 5, depth: 2, seed: 3, end: true)
    let few = try await model.generate("a", using: Sampling(), samples: 10, seed: 4).continuations
    let many = try await model.generate("a", using: Sampling(), samples: 20, seed: 4).continuations
    #expect(few.map(\.tokens) == many.prefix(10).map(\.tokens))
    let other = try await model.generate("a", using: Sampling(), samples: 20, seed: 5).continuations
    #expect(many.map(\.tokens) != other.map(\.tokens))
    let elsewhere = try await model.generate("b", using: Sampling(), samples: 20, seed: 4).continuations
    #expect(many.map(\.tokens) != elsewhere.map(\.tokens))
  }

  @Test("Log-probabilities are those of the model, adapted ones those of the strategy, token by token")
  func scores() async throws {
    let sampling = Sampling(maximumNewTokens: 3) { TopP(0.9) }
    let law = try await course.law(of: sampling)
    for sample in try await course.generate(using: sampling, samples: 50, seed: 2).continuations {
      let entry = try #require(law.entries.first { $0.tokens == sample.tokens })
      #expect(sample.logProbability == entry.logProbability)
      #expect(abs(sample.adaptedLogProbabilities!.reduce(0, +) - entry.adaptedLogProbability) < 1e-12)
    }
  }

  @Test("A text ends with its end token, or at the limit; finished samples cost nothing more")
  func ends() async throws {
    let outcome = try await book.generate(using: Sampling(maximumNewTokens: 4), samples: 200, seed: 1)
    for sample in outcome.continuations {
      #expect(sample.isFinished == (sample.tokens.last == 3))
      #expect(sample.tokens.dropLast().allSatisfy { $0 != 3 })
      #expect(sample.isFinished || sample.tokens.count == 4)
      #expect(!sample.text.contains("end"))
    }
    let advanced = outcome.continuations.reduce(0) { $0 + $1.tokens.count - 1 }
    #expect(outcome.ledger.forwardCalls == 1 + advanced)
    #expect(outcome.ledger.batches == 4)
    #expect(outcome.ledger.tokensWritten == outcome.continuations.reduce(0) { $0 + $1.tokens.count })
  }

  @Test("The table of a few samples")
  func drawing() async throws {
    let outcome = try await course.generate(using: Sampling(maximumNewTokens: 3) { TopK(1) }, samples: 2, seed: 1)
    #expect(
      outcome.description == """
        Sampling { TopK(1) }, seed 1: 5 forward calls in 3 batches, 4 tokens read, 6 written
        sample  text                    log p  per token  tokens
        ──────  ────────────────────  ───────  ─────────  ──────
             1  neural neural neural  -1.9643    -0.6548       3
             2  neural neural neural  -1.9643    -0.6548       3
        """)
    #expect(
      outcome.frequencies.description == """
        text                  drawn    share    log p
        ────────────────────  ─────  ───────  ───────
        neural neural neural      2  100.0 %  -1.9643
        """)
    #expect(
      outcome.best.table.description == """
        step  token     log p  adapted log p
        ────  ──────  ───────  ─────────────
           1  neural  -0.5978         0.0000
           2  neural  -0.6733         0.0000
           3  neural  -0.6931         0.0000
              sum     -1.9643         0.0000
        """)
  }

  @Test("A distribution shows what each adapter makes of it")
  func distribution() async throws {
    let next = try await course.distribution(after: "network neural").adapted {
      Temperature(2)
      TopP(0.7)
    }
    #expect(
      next.description == """
        token         p  after Temperature(2.0)  after TopP(0.7)
        ───────  ──────  ──────────────────────  ───────────────
        network  0.9000                  0.7500           1.0000
        neural   0.1000                  0.2500                –
        """)
    #expect(abs(try await course.distribution(after: "neural neural").entropy - log(2)) < 1e-7)
  }

  @Test("More texts than can be looked at one by one are refused")
  func tooMany() async throws {
    let error = await #expect(throws: DecodingError.self) { try await course.law(of: Sampling(maximumNewTokens: 20)) }
    #expect(
      error?.description
        == "2^20 texts are more than the 10000 that are looked at one by one; a beam search's certificate(budget:) has no such limit.")
  }
}

import LanguageModels
import Testing

@testable import Decoding

/// A table that says what its calls cost.
struct CountingModel: LanguageModel {
  let model: any LanguageModel
  var vocabulary: any Vocabulary { model.vocabulary }
  var endTokens: [Int] { model.endTokens }

  func read(_ prompts: [[Int]]) async throws -> ForwardOutput {
    var output = try await model.read(prompts)
    output.cost = ForwardCost(operations: 1_000, cacheBytes: 64)
    return output
  }

  func forward(_ inputs: [ForwardInput], rows: ForwardRows) async throws -> ForwardOutput {
    var output = try await model.forward(inputs, rows: rows)
    output.cost = ForwardCost(operations: 10 * inputs.count, cacheBytes: 32 * inputs.count)
    return output
  }
}

@Suite("The ledger")
struct LedgerTests {
  @Test("Operations add up, the most bytes count, and a model that counts nothing leaves them undefined")
  func costs() async throws {
    let model = CountingModel(model: course)
    let ledger = try await model.generate(using: Sampling(maximumNewTokens: 3), samples: 4, seed: 1).ledger
    #expect(ledger.operations == 1_000 + 2 * 4 * 10)
    #expect(ledger.cacheBytes == 128)
    #expect(ledger.seconds > 0)
    #expect(try await course.generate(using: Greedy(maximumNewTokens: 3)).ledger.operations == nil)
  }

  @Test("Ledgers add up; those of the same seed are equal, whatever the clock says")
  func sums() async throws {
    let model = CountingModel(model: course)
    let one = try await model.generate(using: Sampling(maximumNewTokens: 3), seed: 1).ledger
    let again = try await model.generate(using: Sampling(maximumNewTokens: 3), seed: 1).ledger
    #expect(one == again)
    let sum = one + again
    #expect(sum.operations == 2 * 1_020)
    #expect(sum.cacheBytes == 64)
    #expect(sum.seconds == one.seconds + again.seconds)
    #expect((sum + Ledger()).operations == 2 * 1_020)
    #expect(sum != one)
  }

  @Test("The words leave the clock out; the table has it")
  func drawing() {
    var ledger = Ledger()
    ledger.forwardCalls = 5
    ledger.batches = 3
    ledger.tokensRead = 4
    ledger.tokensWritten = 6
    ledger.seconds = 0.25
    #expect(ledger.description == "5 forward calls in 3 batches, 4 tokens read, 6 written")
    ledger.verifierCalls = 2
    ledger.operations = 1_500_000_000
    ledger.cacheBytes = 2_500_000
    #expect(ledger.description == "5 forward calls in 3 batches, 4 tokens read, 6 written, 2 verifier calls")
    #expect(
      ledger.table.description == """
        forward calls  in batches  tokens read  tokens written  GFLOP  cache, MB  verifier calls  seconds
        ─────────────  ──────────  ───────────  ──────────────  ─────  ─────────  ──────────────  ───────
                    5           3            4               6    1.5       2.50               2     0.25
        """)
  }
}

import Checkpoints
import Inference
import Testing

/// The three tiny decoders whose logits transformers computed in float64.
let decoders = ["gpt2", "llama", "llama-untied"]

@Suite("Decoders", .serialized)
struct DecoderTests {
  @Test("Logits in single precision agree with transformers in float64", arguments: decoders)
  func logits(name: String) throws {
    let model = try CausalTransformer(path: fixture(name))
    let expected = try json(fixture("\(name)/expected.json"))
    for index in 0..<3 {
      let prompt = expected["prompts"]![index]!.integers
      let rows = try model.forward([(model.start, prompt)], everyRow: true).logits
      let oracle = expected["logits"]![index]!.numbers
      #expect(rows.count == prompt.count * model.shape.vocabularySize)
      #expect(distance(rows.suffix(oracle.count), oracle) < 2e-5)
    }
  }

  @Test("A batch of prompts of different lengths agrees with transformers' padded and masked batch", arguments: decoders)
  func batch(name: String) throws {
    let model = try CausalTransformer(path: fixture(name))
    let expected = try json(fixture("\(name)/expected.json"))
    let prompts = (0..<3).map { expected["prompts"]![$0]!.integers }
    let output = try model.forward(prompts.map { (model.start, $0) })
    let size = model.shape.vocabularySize
    for index in 0..<3 {
      #expect(distance(output.logits[index * size..<(index + 1) * size], expected["padded"]![index]!.numbers) < 2e-5)
      #expect(output.states[index].count == prompts[index].count)
    }
  }

  @Test("Greedy continuations agree with transformers token for token", arguments: decoders)
  func greedy(name: String) throws {
    let model = try CausalTransformer(path: fixture(name))
    let expected = try json(fixture("\(name)/expected.json"))
    for index in 0..<3 {
      let tokens = try model.greedy(expected["prompts"]![index]!.integers, 30)
      #expect(tokens == expected["greedy"]![index]!.integers)
    }
  }

  @Test("The numbers of a row do not depend on the batch, on forks, or on the number of threads", arguments: decoders)
  func independence(name: String) throws {
    let model = try CausalTransformer(path: fixture(name))
    let prompts = (0..<9).map { index in (0...index * 3).map { ($0 * 7 + index) % 60 + 1 } }
    let alone = try prompts.map { try model.forward([(model.start, $0)]) }
    let together = try model.forward(prompts.map { (model.start, $0) })
    #expect(together.logits == alone.flatMap(\.logits))
    // Every prompt forks three ways; all forks advance in one call.
    let forks = prompts.indices.flatMap { index in [3, 5, 9].map { (together.states[index], [$0]) } }
    let forked = try model.forward(forks).logits
    let one = try forks.map { try model.forward([$0]).logits }
    #expect(forked == one.flatMap { $0 })
    let threads = InferenceThreads.count
    defer { InferenceThreads.count = threads }
    for count in [1, 2, 5] {
      InferenceThreads.count = count
      #expect(try model.forward(prompts.map { (model.start, $0) }).logits == together.logits)
      #expect(try model.forward(forks).logits == forked)
    }
  }

  @Test("A fork reads what it would have read alone, and its siblings change nothing")
  func forks() throws {
    let model = try CausalTransformer(path: fixture("gpt2"))
    let prompt = Array(1...40)
    let start = try model.forward([(model.start, prompt)])
    let first = try model.greedy([50], 20, from: start.states[0])
    let second = try model.greedy([51], 20, from: start.states[0])
    #expect(try model.greedy([50], 20, from: start.states[0]) == first)
    #expect(try model.greedy(prompt + [51], 20) == second)
    #expect(first != second)
  }

  @Test("Forking takes no memory, and memory that no hypothesis reaches is used again")
  func memory() throws {
    let model = try CausalTransformer(path: fixture("gpt2"))
    // 32 tokens × 2 layers × keys and values × 48 elements × 4 bytes.
    let block = 32 * 2 * 2 * 48 * 4
    var states = try model.forward([(model.start, Array(1...64))]).states
    #expect(model.cacheBytes == 2 * block)
    states = Array(repeating: states[0], count: 100)
    #expect(model.cacheBytes == 2 * block)
    // Each of 100 forks has one more block at most, whatever the length of the prompt.
    states = try model.forward(states.map { ($0, [5]) }).states
    #expect(model.cacheBytes == 102 * block)
    states.removeLast(90)
    #expect(model.cacheBytes == 12 * block)
    states = []
    #expect(model.cacheBytes == 0)
  }

  @Test("Reading in one call or token by token agrees up to rounding", arguments: decoders)
  func pieces(name: String) throws {
    let model = try CausalTransformer(path: fixture(name))
    let text = (0..<100).map { ($0 * 31) % 60 + 1 }
    let whole = try model.forward([(model.start, text)], everyRow: true).logits
    var state = model.start
    var rows: [Float] = []
    for token in text {
      let output = try model.forward([(state, [token])])
      rows += output.logits
      state = output.states[0]
    }
    #expect(distance(rows, whole.map(Double.init)) < 2e-5)
  }

  @Test("A prompt longer than one pass is read in several, with the same numbers")
  func longPrompts() throws {
    let model = try CausalTransformer(path: fixture("llama"))
    let prompts = (0..<9).map { index in (0..<120).map { ($0 * 13 + index) % 90 + 1 } }
    let together = try model.forward(prompts.map { (model.start, $0) }, everyRow: true).logits
    let alone = try prompts.flatMap { try model.forward([(model.start, $0)], everyRow: true).logits }
    #expect(distance(together, alone.map(Double.init)) < 1e-4)
  }

  @Test(
    "Rounded weights change the logits by as much as their bits say",
    arguments: [(WeightPrecision.bfloat16, 0.02), (.int8, 0.06), (.fourBit, 0.6)])
  func precisions(precision: WeightPrecision, tolerance: Double) throws {
    let exact = try CausalTransformer(path: fixture("llama"))
    let rounded = try CausalTransformer(path: fixture("llama"), precision: precision)
    let prompt = Array(1...20)
    let expected = try exact.forward([(exact.start, prompt)], everyRow: true).logits.map(Double.init)
    let found = try rounded.forward([(rounded.start, prompt)], everyRow: true).logits
    let error = relativeError(found, expected)
    #expect(error > tolerance / 100 && error < tolerance, "\(error)")
  }

  @Test("A GGUF file runs on its own blocks, in agreement with transformers on the decoded weights")
  func gguf() throws {
    let expected = try json(fixture("llama-gguf.json"))
    let prompt = expected["prompt"]!.integers
    let exact = try CausalTransformer(path: fixture("llama.gguf"))
    let rows = try exact.forward([(exact.start, prompt)], everyRow: true).logits
    #expect(distance(rows, expected["logits"]!.numbers) < 2e-5)
    #expect(exact.beginToken == 1 && exact.endTokens == [2])
    // On its own blocks only the inputs of linear layers are rounded, to eight bits.
    let stored = try CausalTransformer(path: fixture("llama.gguf"), precision: .asStored)
    let blocks = try stored.forward([(stored.start, prompt)], everyRow: true).logits
    let error = relativeError(blocks, expected["logits"]!.numbers)
    #expect(error < 0.06, "\(error)")
  }

  @Test("What a model cannot read is refused with a sentence")
  func refusals() throws {
    let model = try CausalTransformer(path: fixture("gpt2"))
    func sentence(_ body: () throws -> Void) -> String {
      do {
        try body()
        return "accepted"
      } catch { return "\(error)" }
    }
    #expect(sentence { _ = try model.forward([(model.start, [])]) } == "There is nothing to read: every input needs at least one token.")
    #expect(
      sentence { _ = try model.forward([(model.start, [101])]) } == "Token 101 is not in the vocabulary; allowed: 0 to 100.")
    #expect(sentence { _ = try model.forward([(model.start, [-1])]) } == "Token -1 is not in the vocabulary; allowed: 0 to 100.")
    #expect(
      sentence { _ = try model.forward([(model.start, Array(repeating: 1, count: 129))]) }
        == "The text has 129 tokens; the model reads up to 128.")
    let other = try CausalTransformer(path: fixture("llama"))
    let state = try other.forward([(other.start, [1])]).states[0]
    #expect(
      sentence { _ = try model.forward([(state, [1])]) } == "The state belongs to another model, or an encoder's text is missing from it.")
    #expect(try model.forward([]).logits.isEmpty)
  }

  @Test("A checkpoint that does not fit is refused with file, setting or tensor")
  func checkpoints() {
    func sentence(_ path: String, _ precision: WeightPrecision = .float32) -> String {
      do {
        _ = try CausalTransformer(path: path, precision: precision)
        return "accepted"
      } catch { return "\(error)" }
    }
    let bert = fixture("bert")
    #expect(sentence(bert) == "\(bert)/config.json: setting «model_type» is \"bert\"; allowed: \"gpt2\", \"llama\".")
    let gpt2 = fixture("gpt2")
    #expect(
      sentence(gpt2, .int8)
        == "\(gpt2): setting «precision» is int8 for «transformer.wte.weight» with 48 inputs; allowed: float32 or bfloat16 where the inputs are no multiple of 32."
    )
  }
}

internal import Layers
internal import Tensors
internal import Tokenizers

/// An encoder that fills in a word, or judges whether an answer follows: what BERT can do without finetuning.
final class ClozeModel: LabelModel {
  let network: Network
  private let prompt: Prompt
  private let tokenizer: Tokenizer
  private let mask: Int
  private let answers: [Int]
  private let maximumLength: Int

  /// - Throws: ``DataError`` for a prompt without a place to fill in, or an answer of several tokens.
  init(_ network: Network, _ base: BaseModel, _ prompt: Prompt, maximumLength: Int) throws {
    self.network = network
    self.prompt = prompt
    self.maximumLength = maximumLength
    tokenizer = base.tokenizer
    mask = tokenizer.specialTokens.mask ?? tokenizer.id(of: "[MASK]") ?? -1
    if prompt.isNextSentence {
      answers = []
      return
    }
    guard mask >= 0, prompt.text.contains("{mask}") else {
      throw DataError("prompt «\(prompt.name)»", "an encoder fills in a word: the text needs {mask}, and the tokenizer a mask token")
    }
    var answers: [Int] = []
    for answer in prompt.answers {
      let ids = base.tokenizer.encode(answer, addsSpecialTokens: false).ids
      guard ids.count == 1 else {
        throw DataError("prompt «\(prompt.name)»", "the answer «\(answer)» is \(ids.count) tokens; a masked one is filled in by one")
      }
      answers.append(ids[0])
    }
    self.answers = answers
  }

  func prepare(_ examples: [LabeledExample]) throws -> [PreparedExample] {
    try examples.map { example in
      if prompt.isNextSentence {
        let first = prompt.filled(example)
        let encodings = prompt.answers.map {
          tokenizer.encode(first, prompt.filled(example, in: $0), findsSpecialTokens: false, truncation: Truncation(to: maximumLength))
        }
        return PreparedExample(label: example.label, inputs: encodings.map(\.ids), segments: encodings.map(\.typeIDs))
      }
      // The text on both sides is encoded by itself, so that nothing in an example is taken for a mask.
      let parts = prompt.text.split(separator: "{mask}", maxSplits: 1, omittingEmptySubsequences: false)
      var sides = parts.map {
        tokenizer.encode(prompt.filled(example, in: String($0)), addsSpecialTokens: false, findsSpecialTokens: false).ids
      }
      let excess = sides[0].count + sides[1].count + 3 - maximumLength
      if excess > 0 { sides[0] = Array(sides[0].dropFirst(min(excess, max(0, sides[0].count - 1)))) }
      let (first, last) = (tokenizer.specialTokens.classifier, tokenizer.specialTokens.separator)
      let input = (first.map { [$0] } ?? []) + sides[0] + [mask] + sides[1] + (last.map { [$0] } ?? [])
      guard let place = input.firstIndex(of: mask) else { throw DataError("prompt «\(prompt.name)»", "has no place to fill in") }
      return PreparedExample(label: example.label, inputs: [input], segments: [input.map { _ in 0 }], place: place)
    }
  }

  func texts(_ example: LabeledExample) -> (input: String, pair: String?, answers: [String]) {
    (prompt.filled(example), nil, prompt.answers)
  }

  func loss(_ batch: [PreparedExample], _ extras: Extras, random: RandomSource?) throws -> Tensor {
    let tokens = TokenBatch(batch.map { $0.inputs[0] }, segments: batch.map { $0.segments[0] })
    let targets = batch.map { example in example.inputs[0].indices.map { $0 == example.place ? answers[example.label] : -1 } }
    return try network.loss(tokens, targets: tokens.aligned(targets), dropout: random)
  }

  func scores(_ batch: [PreparedExample], _ extras: Extras) throws -> [[Double]] {
    if prompt.isNextSentence {
      let tokens = TokenBatch(batch.flatMap(\.inputs), segments: batch.flatMap(\.segments))
      let follows = try network.nextSentenceLogits(tokens).logProbabilities.map { $0[0] }
      return batch.indices.map { row in Array(follows[row * prompt.answers.count..<(row + 1) * prompt.answers.count]) }
    }
    let tokens = TokenBatch(batch.map { $0.inputs[0] }, segments: batch.map { $0.segments[0] })
    let places = batch.enumerated().map { TokenPlace(sequence: $0, token: $1.place) }
    return try network.logits(tokens, at: places).logProbabilities.map { row in answers.map { row[$0] } }
  }
}

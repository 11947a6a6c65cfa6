internal import Layers
internal import Tensors
internal import Tokenizers

/// A classifier on a pooled vector of an encoder or a decoder.
final class HeadModel: LabelModel {
  let network: Network
  private let tokenizer: Tokenizer
  private let isEncoder: Bool
  private let maximumLength: Int

  init(_ network: Network, _ base: BaseModel, maximumLength: Int) {
    self.network = network
    tokenizer = base.tokenizer
    isEncoder = base.kind == .encoder
    self.maximumLength = maximumLength
  }

  /// An encoder reads the pair in its own form; a decoder one text after the other, on two lines.
  func prepare(_ examples: [LabeledExample]) throws -> [PreparedExample] {
    examples.map { example in
      let truncation = Truncation(to: maximumLength)
      if isEncoder {
        let encoding = tokenizer.encode(example.text, example.pair, findsSpecialTokens: false, truncation: truncation)
        return PreparedExample(label: example.label, inputs: [encoding.ids], segments: [encoding.typeIDs])
      }
      // The last token is classified: what is cut off is the beginning.
      let text = [example.text, example.pair].compactMap { $0 }.joined(separator: "\n")
      let ids = tokenizer.encode(text, findsSpecialTokens: false, truncation: Truncation(to: maximumLength, side: .left)).ids
      return PreparedExample(label: example.label, inputs: [ids], segments: [ids.map { _ in 0 }])
    }
  }

  func texts(_ example: LabeledExample) -> (input: String, pair: String?, answers: [String]) {
    isEncoder
      ? (example.text, example.pair, []) : ([example.text, example.pair].compactMap { $0 }.joined(separator: "\n"), nil, [])
  }

  private func tokens(_ batch: [PreparedExample]) -> TokenBatch {
    TokenBatch(batch.map { $0.inputs[0] }, segments: isEncoder ? batch.map { $0.segments[0] } : nil)
  }

  func loss(_ batch: [PreparedExample], _ extras: Extras, random: RandomSource?) throws -> Tensor {
    try network.loss(
      tokens(batch), targets: batch.map { Int32($0.label) }, dropout: random, prefix: extras.promptTensor,
      keyValuePrefix: extras.keyValueTensors)
  }

  func scores(_ batch: [PreparedExample], _ extras: Extras) throws -> [[Double]] {
    try network(tokens(batch), prefix: extras.promptTensor, keyValuePrefix: extras.keyValueTensors).logProbabilities
  }

  /// What flows into the last layer: it does not change while only that layer trains.
  func features(_ batch: [PreparedExample]) throws -> Tensor { try network.features(tokens(batch)) }
}

internal import Layers
internal import Tensors
internal import Tokenizers

/// Scores the words for the labels after a prompt: a decoder writes them after it, an encoder-decoder as its output.
final class AnswerModel: LabelModel {
  let network: Network
  let prompt: Prompt
  private let base: BaseModel
  private let maximumLength: Int
  private var isEncoderDecoder: Bool { base.kind == .encoderDecoder }
  /// What an encoder-decoder begins its output with.
  private let start: Int

  init(_ network: Network, _ base: BaseModel, _ prompt: Prompt, maximumLength: Int) {
    self.network = network
    self.base = base
    self.prompt = prompt
    self.maximumLength = maximumLength
    start = base.checkpoint.config["decoder_start_token_id"]?.intValue ?? 0
  }

  func prepare(_ examples: [LabeledExample]) throws -> [PreparedExample] {
    examples.map { prepare(text: fitting($0), label: $0.label) }
  }

  /// The prompts without content that a calibration asks for.
  func prepare(calibration: Calibration, data: LabeledData) -> [PreparedExample] {
    switch calibration {
    case .none: []
    case .domain: [prepare(text: prompt.domain.isEmpty ? "?" : prompt.domain, label: 0)]
    case .contextual:
      ["N/A", "[MASK]", ""].map { text in
        prepare(text: prompt.filled(LabeledExample(text, data.hasPairs ? text : nil, label: 0)), label: 0)
      }
    }
  }

  private func prepare(text: String, label: Int) -> PreparedExample {
    // Sentinels may stand in a prompt; a user's text has them no more often than a web page has.
    var input = base.tokenizer.encode(text).ids
    let answers = prompt.answers.map { answer -> [Int] in
      if isEncoderDecoder { return base.tokenizer.encode(answer, addsSpecialTokens: false).ids + (base.endToken.map { [$0] } ?? []) }
      // Where a tokenizer joins the answer to the prompt its tokens are those that come behind the prompt's.
      let whole = base.tokenizer.encode(text + answer).ids
      return whole.starts(with: input) && whole.count > input.count
        ? Array(whole[input.count...]) : base.tokenizer.encode(answer, addsSpecialTokens: false).ids
    }
    if isEncoderDecoder, let end = base.endToken, input.last != end { input.append(end) }
    // A decoder needs one token to answer after.
    if input.isEmpty { input = [base.endToken ?? 0] }
    return PreparedExample(label: label, inputs: [input], answers: answers)
  }

  /// The prompt with as many words of the first text as fit.
  private func fitting(_ example: LabeledExample) -> String {
    var example = example
    var text = prompt.filled(example)
    // A word has a byte and a space at least, and a token has one of them at least.
    while text.utf8.count > maximumLength, base.tokenizer.encode(text).count > maximumLength {
      let words = example.text.split(separator: " ")
      if words.count < 2 { break }
      example.text = words.prefix(words.count * 7 / 8).joined(separator: " ")
      text = prompt.filled(example)
    }
    return text
  }

  func texts(_ example: LabeledExample) -> (input: String, pair: String?, answers: [String]) { (fitting(example), nil, prompt.answers) }

  func loss(_ batch: [PreparedExample], _ extras: Extras, random: RandomSource?) throws -> Tensor {
    let answers = batch.map { $0.answers[$0.label] }
    if isEncoderDecoder {
      let decoder = TokenBatch(answers.map { [start] + $0.dropLast() })
      return try network.loss(
        TokenBatch(batch.map { $0.inputs[0] }), decoder: decoder, targets: decoder.aligned(answers), dropout: random,
        prefix: extras.promptTensor)
    }
    let tokens = TokenBatch(zip(batch, answers).map { $0.inputs[0] + $1.dropLast() })
    let targets = zip(batch, answers).map { Array(repeating: -1, count: $0.inputs[0].count - 1) + $1 }
    return try network.loss(
      tokens, targets: tokens.aligned(targets), dropout: random, prefix: extras.promptTensor, keyValuePrefix: extras.keyValueTensors)
  }

  func scores(_ batch: [PreparedExample], _ extras: Extras) throws -> [[Double]] {
    let labels = prompt.answers.indices
    var scores = batch.map { _ in labels.map { _ in 0.0 } }
    func add(_ logits: Tensor, _ wanted: [(row: Int, label: Int, token: Int)]) {
      let rows = logits.logProbabilities
      for (index, want) in wanted.enumerated() { scores[want.row][want.label] += rows[index][want.token] }
    }
    if isEncoderDecoder {
      // The output of a label is the same for all examples: each is a pass of the decoder after one of the encoder.
      var outputs: [(TokenBatch, [TokenPlace])] = []
      var wanted: [[(row: Int, label: Int, token: Int)]] = []
      for label in labels {
        let answer = batch[0].answers[label]
        outputs.append(
          (
            TokenBatch(batch.map { _ in [start] + answer.dropLast() }),
            batch.indices.flatMap { row in answer.indices.map { TokenPlace(sequence: row, token: $0) } }
          ))
        wanted.append(batch.indices.flatMap { row in answer.map { (row, label, $0) } })
      }
      let logits = try network.logits(
        reading: TokenBatch(batch.map { $0.inputs[0] }), outputs: outputs.map { (tokens: $0.0, places: $0.1) }, prefix: extras.promptTensor)
      for (logits, wanted) in zip(logits, wanted) { add(logits, wanted) }
      return scores
    }
    // Answers that differ in their last token only share a pass.
    var groups: [[Int]: [Int]] = [:]
    for label in labels { groups[Array(batch[0].answers[label].dropLast()), default: []].append(label) }
    for (_, labels) in groups.sorted(by: { $0.value[0] < $1.value[0] }) {
      var places: [TokenPlace] = []
      var wanted: [(row: Int, label: Int, token: Int)] = []
      var sequences: [[Int]] = []
      for (row, example) in batch.enumerated() {
        let shared = example.answers[labels[0]].dropLast()
        sequences.append(example.inputs[0] + shared)
        for label in labels {
          for (offset, token) in example.answers[label].enumerated() {
            places.append(TokenPlace(sequence: row, token: example.inputs[0].count - 1 + offset))
            wanted.append((row, label, token))
          }
        }
      }
      add(
        try network.logits(
          TokenBatch(sequences), at: places, prefix: extras.promptTensor, keyValuePrefix: extras.keyValueTensors), wanted)
    }
    return scores
  }
}

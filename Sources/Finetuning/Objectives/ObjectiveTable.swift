public import Display
internal import Tensors
public import Tokenizers

/// The three objectives of pretraining on one sentence.
public enum PretrainingObjectives {
  /// What each kind of model reads and what it has to predict, as a table.
  ///
  /// ```swift
  /// PretrainingObjectives.table(of: "Anna bought three red apples.", tokenizer: bert.tokenizer, seed: 1)
  /// ```
  /// - Parameters:
  ///   - tokenizer: has to have `[MASK]` and `<extra_id_0>`, as those of the models that this library carries; of a real BERT's or T5's
  ///     tokenizer only the rows that it has tokens for are shown.
  public static func table(of sentence: String, tokenizer: Tokenizer, seed: UInt64) -> Table {
    let tokens = tokenizer.encode(sentence, addsSpecialTokens: false).ids
    precondition(tokens.count >= 2, "a sentence of \(tokens.count) tokens")
    func text(_ ids: [Int]) -> String { ids.map { $0 < 0 ? "·" : tokenizer.token($0) ?? "–" }.joined(separator: " ") }
    var rows: [[TableCell]] = []
    if let mask = tokenizer.specialTokens.mask ?? tokenizer.id(of: "[MASK]") {
      var stream = RandomSource(seed: seed).child("mask")
      let (input, targets) = MaskedLanguageModel().example(
        tokens, isSpecial: tokenizer.isSpecial, mask: mask, vocabulary: 0..<tokenizer.vocabularySize, using: &stream)
      rows.append(["masked language model (BERT)", .text(text(input)), .text(text(targets))])
    }
    let (input, targets) = CausalLanguageModel().example(tokens)
    rows.append(["causal language model (GPT)", .text(text(input)), .text(text(targets))])
    let sentinels = (0..<100).compactMap { tokenizer.id(of: "<extra_id_\($0)>") }
    if sentinels.count > 1 {
      var stream = RandomSource(seed: seed).child("spans")
      let corruption = SpanCorruption()
      let (input, target) = corruption.example(tokens, hiding: corruption.spans(tokens.count, using: &stream), sentinels: sentinels)
      rows.append(["span corruption (T5)", .text(text(input)), .text(text(target))])
    }
    return Table(columns: ["objective", "the model reads", "and predicts"], rows: rows, caption: "«\(sentence)»; · is not asked for")
  }
}

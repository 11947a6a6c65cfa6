/// Natural language inference: does a premise entail a hypothesis, contradict it, or neither (Bowman et al. 2015; Williams et al. 2018)?
///
/// ```swift
/// let nli = try NLI.read("multinli_1.0_dev_matched.jsonl")
/// let made = NLI.generated(2_000, difficulty: .medium, seed: 1)     // from templates: no file is needed
/// ```
public enum NLI {
  /// The classes, in the order of their numbers everywhere here (and in Hugging Face's data sets).
  public static let labels = ["entailment", "neutral", "contradiction"]

  /// Reads MNLI's or SNLI's own files (`.jsonl`, `.txt`, GLUE's `.tsv`) and tables with the columns premise, hypothesis and gold_label.
  ///
  /// Rows whose gold label is «-», where annotators did not agree, are left out and counted, as in all published results.
  ///
  /// - Parameter badRows: what is done with rows that have other fields or labels.
  /// - Throws: ``DataError``, which names the line.
  public static func read(_ path: String, badRows: BadRows = .refused) throws(DataError) -> LabeledData {
    var reader = ExampleReader(
      file: path, text: ["premise", "sentence1"], pair: ["hypothesis", "sentence2"], label: ["gold_label", "label"], labels: labels)
    reader.aliases = ["0": "entailment", "1": "neutral", "2": "contradiction"]
    reader.unlabeled = ["-", "-1"]
    let rows = RowFormat(path: path).rows(of: try TextFile.read(path), file: path)
    return try reader.read(rows, badRows: badRows, name: LabeledData.shortName(path))
  }
}

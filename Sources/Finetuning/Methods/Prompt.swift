/// A task as text: how an example is written, and which words stand for its labels.
///
/// ```swift
/// let prompt = Prompt("{premise}\nIs it true that {hypothesis}?", answers: [" yes", " maybe", " no"])
/// ```
/// `{premise}` and `{hypothesis}` (or `{text}` and `{pair}`) are replaced; `{mask}` is where an encoder fills in the answer.
public struct Prompt: Sendable, Equatable {
  /// What it is called in tables.
  public let name: String
  public let text: String
  /// The words for the labels, in their order.
  public let answers: [String]
  /// Whether an encoder judges if the answer, as second text, follows the first, instead of filling in a word.
  let isNextSentence: Bool

  public init(_ text: String, answers: [String], name: String? = nil) {
    self.init(name: name ?? "own prompt", text, answers, isNextSentence: false)
  }

  private init(name: String, _ text: String, _ answers: [String], isNextSentence: Bool) {
    self.name = name
    self.text = text
    self.answers = answers
    self.isNextSentence = isNextSentence
  }

  /// GPT-3's wording (Brown et al. 2020, appendix G), as lm-eval's task `mnli` has it.
  public static let trueFalseNeither = Prompt(
    name: "true, false or neither", "{premise}\nQuestion: {hypothesis} True, False or Neither?\nAnswer:", [" True", " Neither", " False"],
    isNextSentence: false)

  /// A cloze for masked language models (Schick and Schütze 2021, section 4.1).
  public static let cloze = Prompt(name: "cloze", "{premise}? {mask}, {hypothesis}", ["Yes", "Maybe", "No"], isNextSentence: false)

  /// The words before an answer, each judged as what follows the premise (Sun et al. 2022, NSP-BERT).
  public static let nextSentence = Prompt(
    name: "next sentence", "{premise}", ["Yes, {hypothesis}", "Maybe, {hypothesis}", "No, {hypothesis}"], isNextSentence: true)

  /// T5's own prefix of the task (Raffel et al. 2020, appendix D.2).
  public static let t5 = Prompt(
    name: "mnli prefix", "mnli hypothesis: {hypothesis} premise: {premise}", ["entailment", "neutral", "contradiction"],
    isNextSentence: false)

  /// The question that ``Stories`` ask: for the models that were pretrained on them.
  ///
  /// Their pretraining has shown them such questions with answers, as text of the web shows larger models theirs.
  public static func stories(for kind: ModelKind) -> Prompt {
    let question = "{premise} Question: {hypothesis} True, false or neither? Answer:"
    let words = ["true", "neither", "false"]
    return switch kind {
    case .encoder: Prompt(name: "story question", question + " {mask}.", words, isNextSentence: false)
    case .decoder: Prompt(name: "story question", question, words, isNextSentence: false)
    case .encoderDecoder:
      Prompt(name: "story question", question + " <extra_id_0>.", words.map { "<extra_id_0> \($0)" }, isNextSentence: false)
    }
  }

  /// What a model of the kind is asked, where the caller does not say it: for pairs of NLI the field's own prompts, else text and label.
  static func standard(for kind: ModelKind, _ data: LabeledData) -> Prompt {
    guard data.labels == NLI.labels else {
      let text = data.hasPairs ? "{text}\n{pair}\nAnswer:" : "{text}\nAnswer:"
      return Prompt(name: "text and label", text, data.labels.map { kind == .decoder ? " " + $0 : $0 }, isNextSentence: false)
    }
    return switch kind {
    case .encoder: .cloze
    case .decoder: .trueFalseNeither
    case .encoderDecoder: .t5
    }
  }

  /// The text of an example. A hypothesis ends with a full stop, as lm-eval has it.
  func filled(_ example: LabeledExample, in template: String? = nil) -> String {
    func ended(_ text: String) -> String { text.last.map { ".!?".contains($0) } ?? true ? text : text + "." }
    let second = ended((example.pair ?? "").trimmed)
    var result = ""
    var rest = Substring(template ?? text)
    while let start = rest.firstIndex(of: "{"), let end = rest[start...].firstIndex(of: "}") {
      result += rest[..<start]
      switch rest[rest.index(after: start)..<end] {
      case "premise", "text": result += example.text.trimmed
      case "hypothesis", "pair": result += second
      case let other: result += "{\(other)}"
      }
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }

  /// What stands after the example: the context in which an answer is likely or not whatever was read (Holtzman et al. 2021).
  var domain: String {
    let end = text.lastIndex(of: "}").map { text.index(after: $0) } ?? text.startIndex
    return String(text[end...])
  }
}

/// What is taken from the scores of answers before the best is chosen: some words are likely whatever was read.
public enum Calibration: String, Sendable, CaseIterable {
  case none
  /// The log-probability of the answer after the end of the prompt alone: PMI-DC (Holtzman et al. 2021).
  case domain
  /// The log-probability of the answer after prompts without content, «N/A», «[MASK]» and nothing, averaged (Zhao et al. 2021).
  case contextual
}

internal import Tensors

/// Short texts from the same templates, to pretrain on: what happened, what follows from it, what does not.
///
/// ```swift
/// Stories.generated(2, seed: 1)
/// // [["Anna bought three red apples at the market.", "Later the nurse found cars.", …], …]
/// ```
/// A share of them are talk, as text from the web has it: a claim about what was said, answered «Yes», «No» or «Maybe», or a question and
/// its answer. It is from these that a small model learns to compare two sentences without having seen a task.
public enum Stories {
  /// - Parameters:
  ///   - count: number of stories.
  ///   - talk: the share of stories that are talk.
  /// - Returns: the sentences of each story.
  public static func generated(_ count: Int, talk: Double = 0.6, seed: UInt64) -> [[String]] {
    precondition((0...1).contains(talk), "a share of talk is in 0...1, not \(talk)")
    return (0..<count).map { index in
      var stream = RandomSource(seed: seed).child("story", index)
      if Double.random(in: 0..<1, using: &stream) < talk { return conversation(index, &stream) }
      return narration(index, &stream)
    }
  }

  private static func pair(_ label: Int, _ stream: inout RandomSource) -> TemplatePair {
    let difficulty: NLI.Difficulty = Int.random(in: 0..<3, using: &stream) == 0 ? .easy : .medium
    return TemplatePair(label: label, difficulty: difficulty, bias: 0, stream: stream.child("pair", Int(stream.next() >> 40)))
  }

  private static func conversation(_ index: Int, _ stream: inout RandomSource) -> [String] {
    let label = Int.random(in: 0..<3, using: &stream)
    var pair = pair(label, &stream)
    let example = pair.example()
    let answer = ["yes", "maybe", "no"][label]
    let hypothesis = example.pair ?? ""
    if Bool.random(using: &stream) {
      let start = hypothesis.hasPrefix("The ") ? hypothesis.prefix(1).lowercased() + hypothesis.dropFirst() : hypothesis
      return [example.text, "\(answer.prefix(1).uppercased())\(answer.dropFirst()), \(start)"]
    }
    return [example.text, "Question: \(hypothesis) True, false or neither?", "Answer: \(["true", "neither", "false"][label])."]
  }

  private static func narration(_ index: Int, _ stream: inout RandomSource) -> [String] {
    var pair = pair(0, &stream)
    var event = pair.meaning().premise
    var sentences: [String] = []
    for place in 0..<Int.random(in: 2...4, using: &stream) {
      let sentence = event.sentence(isPassive: Int.random(in: 0..<3, using: &stream) == 0, verb: Int.random(in: 0..<2, using: &stream))
      sentences.append(
        place > 0 && Bool.random(using: &stream) && event.agent.map { $0 < 12 } ?? false ? "Then " + sentence : sentence)
      // The same one goes on, on the same day, with something else.
      event.meaning = Int.random(in: 0..<Lexicon.meanings.count, using: &stream)
      event.kind = Int.random(in: 0..<Lexicon.kinds.count, using: &stream)
      event.member = Int.random(in: 0..<4, using: &stream)
      for slot in [Event.Slot.number, .color] where Bool.random(using: &stream) {
        event.slots[slot] = Int.random(in: 0..<Event.count(of: slot), using: &stream)
      }
    }
    return sentences
  }
}

internal import Tensors

extension NLI {
  /// How much of a pair has to be compared to label it.
  public enum Difficulty: String, Sendable, CaseIterable {
    /// One detail more than who did what; the same words on both sides.
    case easy
    /// One or two details; kinds for members («fruits» for apples), synonyms, the passive voice.
    case medium
    /// Two or three details, and a second sentence in the premise about somebody else, with other details.
    case hard
  }

  /// Pairs made from templates, with labels that follow from their meaning.
  ///
  /// ```swift
  /// NLI.generated(2_000, difficulty: .medium, seed: 1).look(3)
  /// ```
  /// A hypothesis is drawn first, denied as often as not decided by its label, then a premise that entails it, leaves it open or excludes
  /// it: so without the premise nothing can be guessed. Real data are not so: their hypotheses give the label away (Gururangan et al.
  /// 2018). `hypothesisBias` brings that back: such a share of contradictions is denied, and of neutral ones has a reason added.
  ///
  /// - Parameters:
  ///   - count: pairs; every third has the same label.
  ///   - hypothesisBias: in 0...1.
  public static func generated(
    _ count: Int, difficulty: Difficulty = .medium, hypothesisBias: Double = 0, seed: UInt64
  ) -> LabeledData {
    precondition(count >= 1, "NLI.generated(\(count)): at least one pair")
    precondition((0...1).contains(hypothesisBias), "a hypothesis bias is in 0...1, not \(hypothesisBias)")
    let labelsOf = shuffled(count, seed, "labels").map { $0 % 3 }
    let examples = (0..<count).map { index in
      var pair = TemplatePair(
        label: labelsOf[index], difficulty: difficulty, bias: hypothesisBias, stream: RandomSource(seed: seed).child("pair", index))
      return pair.example()
    }
    let bias = hypothesisBias == 0 ? "" : ", bias \(hypothesisBias)"
    return LabeledData(name: "templates, \(difficulty)\(bias), seed \(seed)", labels: labels, examples: examples)
  }
}

/// One pair in the making.
struct TemplatePair {
  let label: Int
  let difficulty: NLI.Difficulty
  let bias: Double
  var stream: RandomSource

  /// What the pair means: what the premise says, what the hypothesis claims or denies.
  struct Meaning {
    var premise: Event
    var claim: Event
    var isDenied: Bool
  }

  mutating func chance(_ probability: Double) -> Bool { Double.random(in: 0..<1, using: &stream) < probability }
  mutating func number(below count: Int) -> Int { Int.random(in: 0..<count, using: &stream) }

  /// A hypothesis of the difficulty, before anything is known of the label.
  private mutating func claim() -> Event {
    let kind = number(below: Lexicon.kinds.count)
    var event = Event(
      agent: number(below: Lexicon.agents.count), meaning: number(below: Lexicon.meanings.count), kind: kind,
      member: number(below: Lexicon.kinds[kind].members.count), slots: [:])
    let details = difficulty == .easy ? 1 : difficulty == .medium ? 1 + number(below: 2) : 2 + number(below: 2)
    for slot in Event.Slot.allCases.shuffled(using: &stream).prefix(details) { event.slots[slot] = number(below: Event.count(of: slot)) }
    if difficulty != .easy, chance(0.4) { event.member = nil }
    return event
  }

  /// Draws the meaning: the claim first, then a premise with the wanted relation.
  mutating func meaning() -> Meaning {
    var claim = claim()
    var isDenied = chance(1.0 / 3)
    if chance(bias) {
      isDenied = label == 2
      if label == 1 { claim.slots[.purpose] = number(below: Event.count(of: .purpose)) } else { claim.slots[.purpose] = nil }
      if claim.slots.isEmpty { claim.slots[.place] = number(below: Event.count(of: .place)) }
    }
    // What makes a claim true makes its denial false.
    let wanted: Event.Relation = label == 1 ? .leavesOpen : (label == 0) == !isDenied ? .entails : .excludes
    var premise = claim
    premise.member = claim.member ?? number(below: Lexicon.kinds[claim.kind].members.count)
    switch wanted {
    case .entails: break
    case .leavesOpen: leaveOpen(&premise, claim)
    case .excludes: exclude(&premise, claim)
    }
    // Details that the hypothesis does not speak of.
    // One more where one was taken away, so that the premise's length tells nothing either.
    let extra = (difficulty == .easy ? 0 : difficulty == .medium ? 1 : 2) + claim.slots.count { premise.slots[$0.key] == nil }
    for slot in Event.Slot.allCases.filter({ claim.slots[$0] == nil }).shuffled(using: &stream).prefix(extra) {
      premise.slots[slot] = number(below: Event.count(of: slot))
    }
    return Meaning(premise: premise, claim: claim, isDenied: isDenied)
  }

  /// Takes away something that the claim needs.
  private mutating func leaveOpen(_ premise: inout Event, _ claim: Event) {
    var choices: [Event.Slot?] = Event.Slot.allCases.filter { claim.slots[$0] != nil }
    if claim.member != nil, difficulty != .easy { choices.append(nil) }
    if let slot = choices[number(below: choices.count)] { premise.slots[slot] = nil } else { premise.member = nil }
  }

  /// Puts something else in the place of one thing that the claim says.
  private mutating func exclude(_ premise: inout Event, _ claim: Event) {
    var choices: [() -> Void] = []
    var changed = premise
    let offset = 1 + number(below: 100)
    for slot in Event.Slot.allCases {
      guard let value = claim.slots[slot] else { continue }
      choices.append { changed.slots[slot] = (value + 1 + offset % (Event.count(of: slot) - 1)) % Event.count(of: slot) }
    }
    choices.append { changed.meaning = Lexicon.meanings[claim.meaning].opposite }
    if let member = claim.member {
      let members = Lexicon.kinds[claim.kind].members.count
      choices.append { changed.member = (member + 1 + offset % (members - 1)) % members }
    }
    choices[number(below: choices.count)]()
    premise = changed
  }

  mutating func example() -> LabeledExample {
    let meaning = meaning()
    let paraphrases = difficulty == .easy ? 0 : difficulty == .medium ? 0.3 : 0.5
    let hypothesis = meaning.claim.sentence(
      isNegated: meaning.isDenied, isPassive: chance(paraphrases), verb: chance(paraphrases) ? 1 : 0)
    var premise = meaning.premise.sentence(isPassive: chance(paraphrases), verb: chance(paraphrases) ? 1 : 0)
    if difficulty == .hard {
      var other = claim()
      other.agent = ((meaning.claim.agent ?? 0) + 1 + number(below: Lexicon.agents.count - 1)) % Lexicon.agents.count
      other.member = other.member ?? 0
      let sentence = other.sentence(isPassive: chance(paraphrases), verb: chance(paraphrases) ? 1 : 0)
      premise = chance(0.5) ? "\(premise) \(sentence)" : "\(sentence) \(premise)"
    }
    return LabeledExample(premise, hypothesis, label: label)
  }
}

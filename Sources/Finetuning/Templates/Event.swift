internal import Tensors

/// One thing that happened, as far as a sentence says it: the meaning from which premise and hypothesis are written.
struct Event: Equatable {
  /// What may be said of an event or left out, in the order of the words.
  enum Slot: Int, CaseIterable {
    case number, color, place, time, purpose
  }

  /// A number of ``Lexicon/agents``; nil: someone.
  var agent: Int?
  /// A number of ``Lexicon/meanings``.
  var meaning: Int
  /// A number of ``Lexicon/kinds``.
  var kind: Int
  /// A number of its members; nil: only the kind is named.
  var member: Int?
  /// For the slots that are filled the number of their word.
  var slots: [Slot: Int]

  /// What one event says about another of the same occasion: the definition of the labels.
  enum Relation: Int, CaseIterable {
    case entails, leavesOpen, excludes
  }

  /// Whether this event, fully described by what it says, makes a claim true, leaves it open, or makes it false.
  ///
  /// Both speak of the same occasion: two different numbers, colours, places, times, purposes or kinds of things cannot both be true of it.
  func relation(to claim: Event) -> Relation {
    if Lexicon.meanings[meaning].opposite == claim.meaning { return .excludes }
    var relation = Relation.entails
    if kind != claim.kind { return .excludes }
    if let member, let claimed = claim.member, member != claimed { return .excludes }
    if member == nil, claim.member != nil { relation = .leavesOpen }
    for (slot, value) in claim.slots {
      guard let own = slots[slot] else {
        relation = .leavesOpen
        continue
      }
      if own != value { return .excludes }
    }
    if meaning != claim.meaning { return .leavesOpen }
    if let claimed = claim.agent, agent != claimed { return .leavesOpen }
    return relation
  }

  static func count(of slot: Slot) -> Int { words(of: slot).count }

  static func words(of slot: Slot) -> [String] {
    switch slot {
    case .number: Lexicon.numbers
    case .color: Lexicon.colors
    case .place: Lexicon.places
    case .time: Lexicon.times
    case .purpose: Lexicon.purposes
    }
  }

  /// The event as a sentence.
  ///
  /// - Parameters:
  ///   - isNegated: whether the sentence denies it.
  ///   - isPassive: whether what it happened to comes first.
  ///   - verb: which of the verbs of its meaning, counted around.
  func sentence(isNegated: Bool = false, isPassive: Bool = false, verb choice: Int = 0) -> String {
    let verbs = Lexicon.meanings[meaning].verbs
    let verb = verbs[choice % verbs.count]
    let thing = [word(.number), word(.color), member.map { Lexicon.kinds[kind].members[$0] } ?? Lexicon.kinds[kind].name]
    let things = thing.compactMap { $0 }.joined(separator: " ")
    let who = agent.map { Lexicon.agents[$0] } ?? "someone"
    let core =
      isPassive
      ? "\(things) were \(isNegated ? "not " : "")\(Lexicon.participle(verb)) by \(who)"
      : "\(who) \(isNegated ? "did not \(verb.base)" : verb.past) \(things)"
    let rest = [word(.purpose), word(.place), word(.time)].compactMap { $0 }
    let text = ([core] + rest).joined(separator: " ")
    return text.prefix(1).uppercased() + text.dropFirst() + "."
  }

  private func word(_ slot: Slot) -> String? { slots[slot].map { Event.words(of: slot)[$0] } }
}

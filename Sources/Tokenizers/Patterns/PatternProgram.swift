/// A regular expression as a list of steps for a backtracking matcher.
struct PatternProgram: Sendable {
  struct Step {
    enum Kind {
      case set, loop, possessiveLoop, split, jump, lookahead, negativeLookahead, lookbehind, negativeLookbehind, atomic
      case lineStart, lineEnd, textStart, textEnd, textEndOrLastNewline, wordBoundary, noWordBoundary, accept
    }
    var kind: Kind
    /// The index of a set; for `split` and `jump` the step to try first; for a lookaround or an atomic group the step after its body.
    var first = 0
    /// The least number of turns of a loop; for `split` the step to try later.
    var second = 0
    /// The largest number of turns of a loop.
    var third = 0
  }

  /// Programs that are longer are refused: nested repetitions are written out.
  static let maximumLength = 20_000

  private(set) var steps: [Step] = []
  private(set) var sets: [ScalarSet] = []

  /// The first step of each alternative.
  private(set) var entries: [Int] = []

  init(alternatives: [PatternSyntax]) throws(PatternError) {
    for alternative in alternatives {
      entries.append(steps.count)
      try compile(alternative)
      try add(Step(kind: .accept))
    }
  }

  private mutating func add(_ step: Step) throws(PatternError) {
    if steps.count >= Self.maximumLength { throw PatternError(problem: "repetitions that amount to more than 20,000 steps", column: 1) }
    steps.append(step)
  }

  private mutating func index(of set: ScalarSet) -> Int {
    if let known = sets.firstIndex(of: set) { return known }
    sets.append(set)
    return sets.count - 1
  }

  private mutating func compile(_ syntax: PatternSyntax) throws(PatternError) {
    switch syntax {
    case .set(let set): try add(Step(kind: .set, first: index(of: set)))
    case .sequence(let parts): for part in parts { try compile(part) }
    case .alternatives(let parts): try compileAlternatives(parts)
    case .repeated(let body, let minimum, let maximum, let mode): try compileRepetition(body, minimum, maximum, mode)
    case .atomic(let body): try compileBody(.atomic, body)
    case .lookahead(let body, let isNegative): try compileBody(isNegative ? .negativeLookahead : .lookahead, body)
    case .lookbehind(let set, let isNegative):
      try add(Step(kind: isNegative ? .negativeLookbehind : .lookbehind, first: index(of: set)))
    case .assertion(let assertion): try add(Step(kind: Self.kind(of: assertion)))
    }
  }

  private static func kind(of assertion: PatternSyntax.Assertion) -> Step.Kind {
    switch assertion {
    case .lineStart: .lineStart
    case .lineEnd: .lineEnd
    case .textStart: .textStart
    case .textEnd: .textEnd
    case .textEndOrLastNewline: .textEndOrLastNewline
    case .wordBoundary: .wordBoundary
    case .noWordBoundary: .noWordBoundary
    }
  }

  private mutating func compileAlternatives(_ parts: [PatternSyntax]) throws(PatternError) {
    var jumps: [Int] = []
    for part in parts.dropLast() {
      let split = steps.count
      try add(Step(kind: .split, first: split + 1))
      try compile(part)
      jumps.append(steps.count)
      try add(Step(kind: .jump))
      steps[split].second = steps.count
    }
    if let last = parts.last { try compile(last) }
    for jump in jumps { steps[jump].first = steps.count }
  }

  /// A body that is matched on its own: it ends with a step that accepts, and its first step knows where it ends.
  private mutating func compileBody(_ kind: Step.Kind, _ body: PatternSyntax) throws(PatternError) {
    let start = steps.count
    try add(Step(kind: kind))
    try compile(body)
    try add(Step(kind: .accept))
    steps[start].first = steps.count
  }

  private mutating func compileRepetition(
    _ body: PatternSyntax, _ minimum: Int, _ maximum: Int?, _ mode: PatternSyntax.Mode
  ) throws(PatternError) {
    if case .set(let set) = body, mode != .lazy {
      let kind = mode == .possessive ? Step.Kind.possessiveLoop : .loop
      return try add(Step(kind: kind, first: index(of: set), second: minimum, third: maximum ?? .max))
    }
    if mode == .possessive {
      return try compileBody(.atomic, .repeated(body, minimum: minimum, maximum: maximum, .greedy))
    }
    for _ in 0..<minimum { try compile(body) }
    guard let maximum else {
      let split = steps.count
      try add(Step(kind: .split))
      try compile(body)
      try add(Step(kind: .jump, first: split))
      setBranches(of: split, body: split + 1, after: steps.count, mode)
      return
    }
    var splits: [Int] = []
    for _ in minimum..<max(maximum, minimum) {
      splits.append(steps.count)
      try add(Step(kind: .split))
      try compile(body)
    }
    for split in splits { setBranches(of: split, body: split + 1, after: steps.count, mode) }
  }

  private mutating func setBranches(of split: Int, body: Int, after: Int, _ mode: PatternSyntax.Mode) {
    steps[split].first = mode == .lazy ? after : body
    steps[split].second = mode == .lazy ? body : after
  }
}

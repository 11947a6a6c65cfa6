/// Builds an automaton from rules: first with empty moves (Thompson 1968), then without.
struct AutomatonBuilder {
  /// More states than this are refused: every repetition counts by copies.
  static let stateLimit = 400_000

  private struct Draft {
    var empty: [Int32] = []
    var edges: [Automaton.Edge] = []
    var calls: [Automaton.Call] = []
  }

  private var drafts: [Draft] = []
  /// Where a rule ends.
  private var isEnd: [Bool] = []

  mutating func build(_ rules: GrammarRules) throws(GrammarError) -> (states: [Automaton.State], starts: [Int32]) {
    var starts: [Int32] = []
    for expression in rules.expressions {
      let start = try add()
      let end = try add()
      isEnd[Int(end)] = true
      try connect(start, end, expression)
      starts.append(start)
    }
    return withoutEmptyMoves(starts)
  }

  private mutating func add() throws(GrammarError) -> Int32 {
    guard drafts.count < Self.stateLimit else { throw GrammarError(.tooLarge(states: Self.stateLimit)) }
    drafts.append(Draft())
    isEnd.append(false)
    return Int32(drafts.count - 1)
  }

  private mutating func link(_ start: Int32, _ end: Int32) { drafts[Int(start)].empty.append(end) }

  private mutating func connect(_ start: Int32, _ end: Int32, _ expression: Expression) throws(GrammarError) {
    switch expression {
    case .bytes(let bytes):
      var place = start
      for (index, byte) in bytes.enumerated() {
        let next = index == bytes.count - 1 ? end : try add()
        drafts[Int(place)].edges.append(Automaton.Edge(low: byte, high: byte, target: next))
        place = next
      }
      if bytes.isEmpty { link(start, end) }
    case .anyByte(let bytes):
      for byte in bytes { drafts[Int(start)].edges.append(Automaton.Edge(low: byte, high: byte, target: end)) }
    case .scalar(let set): try connect(start, end, set)
    case .intersection(let left, let right):
      // A state of its own, since the first one may be come back to.
      let first = try add()
      link(start, first)
      try connect(first, end, left, and: right)
    case .rule(let rule): drafts[Int(start)].calls.append(Automaton.Call(rule: Int32(rule), target: end))
    case .alternatives(let alternatives):
      for alternative in alternatives { try connect(start, end, alternative) }
    case .sequence(let parts):
      var place = start
      for (index, part) in parts.enumerated() {
        // An end of its own, so that a repetition at the end cannot be entered again from what follows.
        let next = index == parts.count - 1 ? end : try add()
        try connect(place, next, part)
        place = next
      }
      if parts.isEmpty { link(start, end) }
    case .repeated(let part, let minimum, let maximum):
      var place = try add()
      link(start, place)
      for _ in 0..<minimum {
        let next = try add()
        try connect(place, next, part)
        place = next
      }
      if let maximum {
        for _ in minimum..<maximum {
          link(place, end)
          let next = try add()
          try connect(place, next, part)
          place = next
        }
        link(place, end)
      } else {
        let loop = try add()
        link(place, loop)
        let again = try add()
        try connect(loop, again, part)
        link(again, loop)
        link(loop, end)
      }
    }
  }

  /// What two automata read in step.
  private mutating func connect(_ start: Int32, _ end: Int32, _ left: Expression, and right: Expression) throws(GrammarError) {
    var parts: [[Automaton.State]] = []
    for expression in [left, right] {
      var rules = GrammarRules()
      _ = rules.define("part", as: expression)
      var builder = AutomatonBuilder()
      parts.append(try builder.build(rules).states)
    }
    struct Both: Hashable { var left, right: Int32 }
    var numbers = [Both(left: 0, right: 0): start]
    var open = [Both(left: 0, right: 0)]
    while let both = open.popLast() {
      let state = numbers[both]!
      let (left, right) = (parts[0][Int(both.left)], parts[1][Int(both.right)])
      if left.isFinal && right.isFinal { link(state, end) }
      for first in left.edges {
        for second in right.edges where first.low <= second.high && second.low <= first.high {
          let next = Both(left: first.target, right: second.target)
          if numbers[next] == nil {
            numbers[next] = try add()
            open.append(next)
          }
          let target = numbers[next]!
          drafts[Int(state)].edges.append(
            Automaton.Edge(low: max(first.low, second.low), high: min(first.high, second.high), target: target))
        }
      }
    }
  }

  /// The bytes of a set of code points; what follows a first byte in the same way is built once.
  private mutating func connect(_ start: Int32, _ end: Int32, _ set: ScalarSet) throws(GrammarError) {
    var tails: [[ClosedRange<UInt8>]: Int32] = [:]
    for range in set.ranges {
      var strings: [[ClosedRange<UInt8>]] = []
      UTF8Ranges.forEach(in: range) { strings.append($0) }
      for string in strings {
        var target = end
        // From the last byte to the second: the state before it.
        for place in stride(from: string.count - 1, to: 0, by: -1) {
          let rest = Array(string[place...])
          if let known = tails[rest] {
            target = known
            continue
          }
          let state = try add()
          drafts[Int(state)].edges.append(Automaton.Edge(low: rest[0].lowerBound, high: rest[0].upperBound, target: target))
          tails[rest] = state
          target = state
        }
        drafts[Int(start)].edges.append(Automaton.Edge(low: string[0].lowerBound, high: string[0].upperBound, target: target))
      }
    }
  }

  /// Gives every state the moves of those that it reaches for nothing, and leaves out the states that nothing leads to.
  private func withoutEmptyMoves(_ starts: [Int32]) -> (states: [Automaton.State], starts: [Int32]) {
    var numbers = [Int32](repeating: -1, count: drafts.count)
    var order: [Int32] = []
    func number(of draft: Int32) -> Int32 {
      if numbers[Int(draft)] < 0 {
        numbers[Int(draft)] = Int32(order.count)
        order.append(draft)
      }
      return numbers[Int(draft)]
    }
    let newStarts = starts.map(number)
    var states: [Automaton.State] = []
    var mark = [Int32](repeating: -1, count: drafts.count)
    while states.count < order.count {
      var state = Automaton.State()
      var open = [order[states.count]]
      mark[Int(open[0])] = Int32(states.count)
      while let draft = open.popLast() {
        if isEnd[Int(draft)] { state.isFinal = true }
        for edge in drafts[Int(draft)].edges {
          state.edges.append(Automaton.Edge(low: edge.low, high: edge.high, target: number(of: edge.target)))
        }
        for call in drafts[Int(draft)].calls { state.calls.append(Automaton.Call(rule: call.rule, target: number(of: call.target))) }
        for next in drafts[Int(draft)].empty where mark[Int(next)] != Int32(states.count) {
          mark[Int(next)] = Int32(states.count)
          open.append(next)
        }
      }
      states.append(state)
    }
    return (states, newStarts)
  }
}

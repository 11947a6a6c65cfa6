/// The rules of a grammar as one automaton over bytes, without empty moves: each rule is a part of it, entered by calls.
struct Automaton: Sendable {
  struct Edge: Sendable, Hashable {
    let low: UInt8
    let high: UInt8
    let target: Int32
  }

  /// A rule that is entered here, and where to go on after it.
  struct Call: Sendable, Hashable {
    let rule: Int32
    let target: Int32
  }

  struct State: Sendable {
    var edges: [Edge] = []
    var calls: [Call] = []
    /// Whether a rule may end here.
    var isFinal = false
  }

  private(set) var states: [State]
  /// Where each rule begins.
  let starts: [Int32]
  /// Bytes that no edge tells apart have the same class.
  let classes: [UInt8]
  /// A byte of each class.
  let representatives: [UInt8]

  var classCount: Int { representatives.count }

  /// - Throws: ``GrammarError`` when the rules are too large, left-recursive, or match no text.
  init(_ rules: GrammarRules) throws(GrammarError) {
    var builder = AutomatonBuilder()
    let built = try builder.build(rules)
    states = built.states
    starts = built.starts
    states = Automaton.productive(states, starts: starts)
    let root = states[Int(starts[0])]
    guard root.isFinal || !root.edges.isEmpty || !root.calls.isEmpty else { throw GrammarError(.matchesNothing) }
    if let cycle = Automaton.leftRecursion(states, starts: starts) {
      throw GrammarError(.leftRecursion(cycle.map { rules.names[$0] }))
    }
    // A class ends where some edge begins or ends.
    var isBoundary = [Bool](repeating: false, count: 257)
    for edge in states.lazy.flatMap(\.edges) {
      isBoundary[Int(edge.low)] = true
      isBoundary[Int(edge.high) + 1] = true
    }
    var classes = [UInt8](repeating: 0, count: 256)
    var representatives: [UInt8] = [0]
    for byte in 1..<256 {
      if isBoundary[byte] { representatives.append(UInt8(byte)) }
      classes[byte] = UInt8(representatives.count - 1)
    }
    self.classes = classes
    self.representatives = representatives
  }

  /// The same states without moves after which no text can end, so that what is not wrong can become right.
  private static func productive(_ states: [State], starts: [Int32]) -> [State] {
    var isProductive = states.map(\.isFinal)
    var callers: [[Int32]] = Array(repeating: [], count: states.count)
    // Who has to be looked at again when a state turns out to be productive: states that lead to it, or that call its rule.
    for (index, state) in states.enumerated() {
      for edge in state.edges { callers[Int(edge.target)].append(Int32(index)) }
      for call in state.calls {
        callers[Int(call.target)].append(Int32(index))
        callers[Int(starts[Int(call.rule)])].append(Int32(index))
      }
    }
    var open = isProductive.indices.filter { isProductive[$0] }
    while let state = open.popLast() {
      for caller in callers[state] where !isProductive[Int(caller)] {
        let calls = states[Int(caller)].calls.contains { isProductive[Int($0.target)] && isProductive[Int(starts[Int($0.rule)])] }
        if calls || states[Int(caller)].edges.contains(where: { isProductive[Int($0.target)] }) {
          isProductive[Int(caller)] = true
          open.append(Int(caller))
        }
      }
    }
    return states.map { state in
      var state = state
      state.edges.removeAll { !isProductive[Int($0.target)] }
      state.calls.removeAll { !isProductive[Int($0.target)] || !isProductive[Int(starts[Int($0.rule)])] }
      return state
    }
  }

  /// Rules of which each begins with the next, and the last with the first, before any byte; nil when there are none.
  private static func leftRecursion(_ states: [State], starts: [Int32]) -> [Int]? {
    var isNullable = starts.map { states[Int($0)].isFinal }
    func firstCalls(of rule: Int) -> [Int] {
      var calls: [Int] = []
      var seen: Set<Int32> = [starts[rule]]
      var open = [starts[rule]]
      while let state = open.popLast() {
        if states[Int(state)].isFinal { isNullable[rule] = true }
        for call in states[Int(state)].calls {
          calls.append(Int(call.rule))
          if isNullable[Int(call.rule)], seen.insert(call.target).inserted { open.append(call.target) }
        }
      }
      return calls
    }
    var first: [[Int]] = []
    while true {
      let before = isNullable
      first = starts.indices.map(firstCalls)
      if isNullable == before { break }
    }
    // 0: not seen, 1: on the path, 2: done.
    var marks = [UInt8](repeating: 0, count: starts.count)
    for start in starts.indices where marks[start] == 0 {
      var path: [(rule: Int, next: Int)] = [(start, 0)]
      marks[start] = 1
      while let (rule, next) = path.last {
        guard next < first[rule].count else {
          marks[rule] = 2
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let called = first[rule][next]
        if marks[called] == 1 {
          let begin = path.firstIndex { $0.rule == called }!
          return path[begin...].map(\.rule) + [called]
        }
        if marks[called] == 0 {
          marks[called] = 1
          path.append((called, 0))
        }
      }
    }
    return nil
  }
}

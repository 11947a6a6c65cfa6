/// Sets of stacks of a pushdown automaton, each with a number, and where each leads by a byte: a deterministic automaton that is made
/// where texts go.
///
/// A set is kept as a tree that is read from the top: pairs of an automaton's state and the set of stacks below it, each state at most
/// once, sets with the same content under the same number. So texts that can be read in exponentially many ways need few sets, and a
/// step that was made before costs one look into a table.
///
/// Source: the graph-structured stack of Tomita 1985, made canonical as in the minimal automata of Revuz 1992.
struct StackArena {
  /// A state of the automaton, with the stacks that it may stand on.
  struct Pair: Hashable {
    let state: Int32
    let below: Int32
  }

  struct Flags: OptionSet, Hashable {
    let rawValue: UInt8
    /// The empty stack is in the set: the text is complete.
    static let complete = Flags(rawValue: 1)
    /// The stack that stands for «whatever is below» is in the set.
    static let open = Flags(rawValue: 2)
  }

  /// The set without stacks: the text is wrong.
  static let dead: Int32 = 0
  /// Only the empty stack.
  static let bottom: Int32 = 1
  /// Only the stack of which nothing is known.
  static let unknown: Int32 = 2

  let automaton: Automaton
  /// The pairs of all sets, one set after the other, each by state.
  private var pairs: [Pair] = []
  /// Where the pairs of each set begin, and after the last where they end.
  private var starts: [Int32] = [0]
  private var allFlags: [Flags] = []
  /// Number + 1 of the set whose content leads here; 0 where there is none. A power of two long, at most half full.
  private var slots = [Int32](repeating: 0, count: 1 << 10)
  /// `[set][class of bytes]`; −1 where not known yet.
  private var moves: [Int32] = []
  private var unions: [UInt64: Int32] = [:]
  private var draft: StackDraft
  /// The masks that are known, see ``MaskTable``.
  var masks = MaskTable()

  init(_ automaton: Automaton) {
    self.automaton = automaton
    draft = StackDraft(states: automaton.states.count)
    for flags in [[], .complete, .open] as [Flags] { _ = number(of: [], flags) }
  }

  /// Whether so much is remembered that a new arena is better.
  var isFull: Bool { moves.count > 1 << 25 || unions.count > 1 << 20 || pairs.count > 1 << 24 }

  var count: Int { allFlags.count }
  func flags(of set: Int32) -> Flags { allFlags[Int(set)] }
  func pairs(of set: Int32) -> ArraySlice<Pair> { pairs[range(of: set)] }
  private func range(of set: Int32) -> Range<Int> { Int(starts[Int(set)])..<Int(starts[Int(set) + 1]) }

  private mutating func number(of content: [Pair], _ flags: Flags) -> Int32 {
    var slot = slot(of: content, flags)
    if slots[slot] != 0 { return slots[slot] - 1 }
    let number = Int32(allFlags.count)
    pairs += content
    starts.append(Int32(pairs.count))
    allFlags.append(flags)
    moves.append(contentsOf: repeatElement(-1, count: automaton.classCount))
    if 2 * allFlags.count > slots.count {
      slots = [Int32](repeating: 0, count: 2 * slots.count)
      for set in 0..<number {
        slot = self.slot(of: Array(pairs(of: set)), allFlags[Int(set)])
        slots[slot] = set + 1
      }
      slot = self.slot(of: content, flags)
    }
    slots[slot] = number + 1
    return number
  }

  /// The slot of a set, or the free one where it belongs.
  private func slot(of content: [Pair], _ flags: Flags) -> Int {
    var hash = UInt64(flags.rawValue) &+ 0x9E37_79B9_7F4A_7C15
    for pair in content {
      hash = (hash ^ (UInt64(UInt32(bitPattern: pair.state)) << 32 | UInt64(UInt32(bitPattern: pair.below)))) &* 0xA076_1D64_78BD_642F
      hash ^= hash >> 29
    }
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] != 0 {
      let set = slots[slot] - 1
      let range = range(of: set)
      if allFlags[Int(set)] == flags, range.count == content.count, zip(range, content).allSatisfy({ pairs[$0] == $1 }) { return slot }
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }

  /// The bytes that may come next: those of which no text would be wrong.
  func nextBytes(of set: Int32) -> [UInt8] {
    var isNext = [Bool](repeating: false, count: 256)
    for pair in pairs(of: set) {
      for edge in automaton.states[Int(pair.state)].edges { for byte in edge.low...edge.high { isNext[Int(byte)] = true } }
    }
    return (0...255).filter { isNext[Int($0)] }
  }

  /// The stacks before the first byte.
  mutating func start() -> Int32 {
    enter(automaton.starts[0], below: Self.bottom)
    return finish()
  }

  /// The stacks after a byte.
  @inline(__always)
  mutating func step(_ set: Int32, _ byte: UInt8) -> Int32 {
    let place = Int(set) * automaton.classCount + Int(automaton.classes[Int(byte)])
    let known = moves[place]
    return known >= 0 ? known : makeStep(set, byte, place)
  }

  private mutating func makeStep(_ set: Int32, _ byte: UInt8, _ place: Int) -> Int32 {
    for index in range(of: set) {
      let pair = pairs[index]
      for edge in automaton.states[Int(pair.state)].edges where edge.low <= byte && byte <= edge.high {
        enter(edge.target, below: pair.below)
      }
    }
    let next = finish()
    moves[place] = next
    return next
  }

  /// The stacks that are left when the uppermost rule has ended.
  mutating func afterReturn(to set: Int32) -> Int32 {
    draft.flags.formUnion(allFlags[Int(set)])
    for pair in pairs(of: set) { enter(pair.state, below: pair.below) }
    return finish()
  }

  /// The pairs that share what is below, together on a stack of which nothing is known.
  mutating func local(_ states: [Int32]) -> Int32 { number(of: states.map { Pair(state: $0, below: Self.unknown) }, []) }

  // MARK: - Moves without a byte

  /// Adds a state on the stacks below it, with all that follows without a byte: calls of rules and their ends.
  private mutating func enter(_ state: Int32, below: Int32) {
    var open = [Pair(state: state, below: below)]
    while let pair = open.popLast() {
      var below = pair.below
      if let known = draft[pair.state] {
        below = union(known, below)
        if below == known { continue }
      }
      draft[pair.state] = below
      let entry = automaton.states[Int(pair.state)]
      if entry.isFinal {
        draft.flags.formUnion(allFlags[Int(below)])
        open += pairs(of: below)
      }
      for call in entry.calls {
        let next = automaton.states[Int(call.target)]
        // A call that ends its rule leaves nothing to come back to: lists written by recursion need no deep stack.
        let isLast = next.isFinal && next.edges.isEmpty && next.calls.isEmpty
        let stack = isLast ? below : number(of: [Pair(state: call.target, below: below)], [])
        open.append(Pair(state: automaton.starts[Int(call.rule)], below: stack))
      }
    }
  }

  /// Only states that read bytes are kept: the others have been followed to their ends.
  private mutating func finish() -> Int32 {
    let content = draft.pairs.filter { !automaton.states[Int($0.state)].edges.isEmpty }
    let flags = draft.flags
    draft.clear()
    return number(of: content, flags)
  }

  private mutating func union(_ left: Int32, _ right: Int32) -> Int32 {
    if left == right || right == Self.dead { return left }
    if left == Self.dead { return right }
    let names = UInt64(UInt32(min(left, right))) << 32 | UInt64(UInt32(max(left, right)))
    if let known = unions[names] { return known }
    var both: [Pair] = []
    let (first, second) = (Array(pairs(of: left)), Array(pairs(of: right)))
    var (i, j) = (0, 0)
    while i < first.count || j < second.count {
      if j == second.count || (i < first.count && first[i].state < second[j].state) {
        both.append(first[i])
        i += 1
      } else if i == first.count || second[j].state < first[i].state {
        both.append(second[j])
        j += 1
      } else {
        both.append(Pair(state: first[i].state, below: union(first[i].below, second[j].below)))
        i += 1
        j += 1
      }
    }
    let result = number(of: both, flags(of: left).union(flags(of: right)))
    unions[names] = result
    return result
  }

  // MARK: - Moving to another arena

  /// The number of another arena's set in this one.
  mutating func copy(_ set: Int32, of other: StackArena) -> Int32 {
    var known: [Int32: Int32] = [:]
    return copy(set, of: other, &known)
  }

  private mutating func copy(_ set: Int32, of other: StackArena, _ known: inout [Int32: Int32]) -> Int32 {
    if let number = known[set] { return number }
    // A stack is at most as deep as the text is long; nested texts of real use are far from a thousand deep.
    let content = other.pairs(of: set).map { Pair(state: $0.state, below: copy($0.below, of: other, &known)) }
    let number = number(of: content, other.flags(of: set))
    known[set] = number
    return number
  }
}

/// A set of stacks that is being made: for every state the stacks below it, in a table that is cleared by what was touched.
struct StackDraft {
  private var below: [Int32]
  private var touched: [Int32] = []
  var flags: StackArena.Flags = []

  init(states: Int) { below = [Int32](repeating: -1, count: states) }

  subscript(state: Int32) -> Int32? {
    get { below[Int(state)] < 0 ? nil : below[Int(state)] }
    set {
      if below[Int(state)] < 0 { touched.append(state) }
      below[Int(state)] = newValue ?? -1
    }
  }

  /// By state.
  var pairs: [StackArena.Pair] { touched.sorted().map { StackArena.Pair(state: $0, below: below[Int($0)]) } }

  mutating func clear() {
    for state in touched { below[Int(state)] = -1 }
    touched.removeAll(keepingCapacity: true)
    flags = []
  }
}

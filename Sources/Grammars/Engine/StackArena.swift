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

  private struct Key: Hashable {
    let pairs: [Pair]
    let flags: Flags
  }

  /// The set without stacks: the text is wrong.
  static let dead: Int32 = 0
  /// Only the empty stack.
  static let bottom: Int32 = 1
  /// Only the stack of which nothing is known.
  static let unknown: Int32 = 2

  let automaton: Automaton
  private var keys: [Key] = []
  private var numbers: [Key: Int32] = [:]
  /// `[set][class of bytes]`; −1 where not known yet.
  private var moves: [Int32] = []
  private var unions: [UInt64: Int32] = [:]
  /// The masks that are known, see ``MaskTable``.
  var masks = MaskTable()

  init(_ automaton: Automaton) {
    self.automaton = automaton
    for key in [Key(pairs: [], flags: []), Key(pairs: [], flags: .complete), Key(pairs: [], flags: .open)] { _ = number(of: key) }
  }

  /// Whether so much is remembered that a new arena is better.
  var isFull: Bool { moves.count > 1 << 24 || numbers.count > 1 << 18 || unions.count > 1 << 20 }

  var count: Int { keys.count }
  func flags(of set: Int32) -> Flags { keys[Int(set)].flags }
  func pairs(of set: Int32) -> [Pair] { keys[Int(set)].pairs }

  private mutating func number(of key: Key) -> Int32 {
    if let number = numbers[key] { return number }
    let number = Int32(keys.count)
    keys.append(key)
    numbers[key] = number
    moves.append(contentsOf: repeatElement(-1, count: automaton.classCount))
    return number
  }

  /// The stacks before the first byte.
  mutating func start() -> Int32 {
    var draft = Draft()
    enter(automaton.starts[0], below: Self.bottom, &draft)
    return finish(draft)
  }

  /// The stacks after a byte.
  @inline(__always)
  mutating func step(_ set: Int32, _ byte: UInt8) -> Int32 {
    let place = Int(set) * automaton.classCount + Int(automaton.classes[Int(byte)])
    let known = moves[place]
    return known >= 0 ? known : makeStep(set, byte, place)
  }

  private mutating func makeStep(_ set: Int32, _ byte: UInt8, _ place: Int) -> Int32 {
    var draft = Draft()
    for pair in keys[Int(set)].pairs {
      for edge in automaton.states[Int(pair.state)].edges where edge.low <= byte && byte <= edge.high {
        enter(edge.target, below: pair.below, &draft)
      }
    }
    let next = finish(draft)
    moves[place] = next
    return next
  }

  /// The stacks that are left when the uppermost rule has ended.
  mutating func afterReturn(to set: Int32) -> Int32 {
    var draft = Draft()
    leave(to: set, &draft)
    return finish(draft)
  }

  /// The pairs that share what is below, together on a stack of which nothing is known.
  mutating func local(_ states: [Int32]) -> Int32 {
    number(of: Key(pairs: states.map { Pair(state: $0, below: Self.unknown) }, flags: []))
  }

  // MARK: - Moves without a byte

  private struct Draft {
    var below: [Int32: Int32] = [:]
    var flags: Flags = []
  }

  /// Adds a state on the stacks below it, with all that follows without a byte: calls of rules and their ends.
  private mutating func enter(_ state: Int32, below: Int32, _ draft: inout Draft) {
    var open = [(state, below)]
    while let (state, below) = open.popLast() {
      var all = below
      if let known = draft.below[state] {
        all = union(known, below)
        if all == known { continue }
      }
      draft.below[state] = all
      let entry = automaton.states[Int(state)]
      if entry.isFinal {
        draft.flags.formUnion(keys[Int(all)].flags)
        for pair in keys[Int(all)].pairs { open.append((pair.state, pair.below)) }
      }
      for call in entry.calls {
        let next = automaton.states[Int(call.target)]
        // A call that ends its rule leaves nothing to come back to: lists written by recursion need no deep stack.
        let isLast = next.isFinal && next.edges.isEmpty && next.calls.isEmpty
        let stack = isLast ? all : number(of: Key(pairs: [Pair(state: call.target, below: all)], flags: []))
        open.append((automaton.starts[Int(call.rule)], stack))
      }
    }
  }

  private mutating func leave(to set: Int32, _ draft: inout Draft) {
    draft.flags.formUnion(keys[Int(set)].flags)
    for pair in keys[Int(set)].pairs { enter(pair.state, below: pair.below, &draft) }
  }

  /// Only states that read bytes are kept: the others have been followed to their ends.
  private mutating func finish(_ draft: Draft) -> Int32 {
    var pairs: [Pair] = []
    for (state, below) in draft.below where !automaton.states[Int(state)].edges.isEmpty { pairs.append(Pair(state: state, below: below)) }
    pairs.sort { $0.state < $1.state }
    return number(of: Key(pairs: pairs, flags: draft.flags))
  }

  private mutating func union(_ left: Int32, _ right: Int32) -> Int32 {
    if left == right || right == Self.dead { return left }
    if left == Self.dead { return right }
    let names = UInt64(UInt32(min(left, right))) << 32 | UInt64(UInt32(max(left, right)))
    if let known = unions[names] { return known }
    var pairs: [Pair] = []
    let (first, second) = (keys[Int(left)], keys[Int(right)])
    var (i, j) = (0, 0)
    while i < first.pairs.count || j < second.pairs.count {
      if j == second.pairs.count || (i < first.pairs.count && first.pairs[i].state < second.pairs[j].state) {
        pairs.append(first.pairs[i])
        i += 1
      } else if i == first.pairs.count || second.pairs[j].state < first.pairs[i].state {
        pairs.append(second.pairs[j])
        j += 1
      } else {
        pairs.append(Pair(state: first.pairs[i].state, below: union(first.pairs[i].below, second.pairs[j].below)))
        i += 1
        j += 1
      }
    }
    let result = number(of: Key(pairs: pairs, flags: first.flags.union(second.flags)))
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
    let key = other.keys[Int(set)]
    // A stack is at most as deep as the text is long; nested texts of real use are far from a thousand deep.
    let pairs = key.pairs.map { Pair(state: $0.state, below: copy($0.below, of: other, &known)) }
    let number = number(of: Key(pairs: pairs, flags: key.flags))
    known[set] = number
    return number
  }
}

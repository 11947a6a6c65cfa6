import LanguageModels
import Synchronization

/// A grammar that is ready to judge texts: shared by all of them, and wiser with each.
final class CompiledGrammar: Sendable {
  let automaton: Automaton
  private let current: Mutex<SharedArena>

  /// - Throws: ``GrammarError`` when the rules are too large, left-recursive, or match no text.
  init(_ rules: GrammarRules) throws(GrammarError) {
    automaton = try Automaton(rules)
    current = Mutex(SharedArena(StackArena(automaton)))
  }

  /// The state before the first byte.
  func begin() -> GrammarState {
    let arena = arena()
    let (set, flags) = arena.stacks.withLock { stacks in
      let set = stacks.start()
      return (set, stacks.flags(of: set))
    }
    return GrammarState(grammar: self, arena: arena, place: set, flags: flags)
  }

  /// An arena that is not full; texts that stand in the full one take it with them until they read on.
  func arena() -> SharedArena {
    current.withLock { current in
      if current.stacks.withLock({ $0.isFull }) { current = SharedArena(StackArena(automaton)) }
      return current
    }
  }
}

/// An arena that several texts use, also from several threads.
final class SharedArena: Sendable {
  let stacks: Mutex<StackArena>
  init(_ stacks: consuming StackArena) { self.stacks = Mutex(stacks) }
}

/// Where a text stands in a grammar: the set of stacks of its automaton.
public struct GrammarState: CheckerState {
  private let grammar: CompiledGrammar
  private var arena: SharedArena
  /// The number of the set of stacks in its arena.
  private(set) var place: Int32
  private var flags: StackArena.Flags
  /// What was read, in bytes.
  private var count = 0
  /// The first byte that did not fit, where, and what did.
  private var refusal: Refusal?

  private struct Refusal: Sendable {
    let byte: UInt8
    let offset: Int
    let allowed: [UInt8]
  }

  init(grammar: CompiledGrammar, arena: SharedArena, place: Int32, flags: StackArena.Flags) {
    self.grammar = grammar
    self.arena = arena
    self.place = place
    self.flags = flags
  }

  public var verdict: Verdict { place == StackArena.dead ? .wrong : flags.contains(.complete) ? .complete : .open }

  public mutating func accept(_ bytes: ArraySlice<UInt8>) {
    if place == StackArena.dead { return }
    moveOnIfFull()
    let start = place
    var offset = count
    var refusal: Refusal?
    (place, flags) = arena.stacks.withLock { stacks in
      var set = start
      for byte in bytes {
        let next = stacks.step(set, byte)
        if next == StackArena.dead {
          refusal = Refusal(byte: byte, offset: offset, allowed: stacks.nextBytes(of: set))
          return (next, [])
        }
        offset += 1
        set = next
      }
      return (set, stacks.flags(of: set))
    }
    count = offset
    self.refusal = refusal
  }

  private mutating func moveOnIfFull() {
    guard arena.stacks.withLock({ $0.isFull }) else { return }
    let next = grammar.arena()
    guard next !== arena else { return }
    let old = arena
    let set = place
    place = old.stacks.withLock { old in next.stacks.withLock { $0.copy(set, of: old) } }
    arena = next
  }

  public func mask(of tokens: TokenBytes, isFirst: Bool) -> TokenMask? {
    arena.stacks.withLock { $0.mask(of: place, tokens, isFirst: isFirst) }
  }

  public var problem: String? {
    refusal.map { refusal in
      "byte \(refusal.offset + 1) is \(ByteNames.name(refusal.byte)); allowed there: \(ByteNames.list(refusal.allowed))."
    }
  }
}

/// How sentences name bytes.
enum ByteNames {
  static func name(_ byte: UInt8) -> String {
    switch byte {
    case 0x20: "a space"
    case 0x0A: "a line break"
    case 0x09: "a tab"
    case 0x21...0x7E: "«\(Character(UnicodeScalar(byte)))»"
    case 0x80...: "a byte beyond ASCII"
    default: "a control character"
    }
  }

  /// «0» to «9», «-» or the end
  static func list(_ bytes: [UInt8]) -> String {
    if bytes.isEmpty { return "the end" }
    var parts: [String] = []
    var index = 0
    while index < bytes.count {
      var last = index
      while last + 1 < bytes.count, bytes[last + 1] == bytes[last] + 1, (bytes[index] < 0x80) == (bytes[last + 1] < 0x80) { last += 1 }
      if last - index >= 2, bytes[index] >= 0x21, bytes[last] <= 0x7E {
        parts.append("\(name(bytes[index])) to \(name(bytes[last]))")
      } else {
        for place in index...last where !parts.contains(name(bytes[place])) { parts.append(name(bytes[place])) }
      }
      index = last + 1
    }
    guard let last = parts.popLast() else { return "the end" }
    return parts.isEmpty ? last : parts.joined(separator: ", ") + " or " + last
  }
}

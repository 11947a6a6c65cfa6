import Synchronization

/// The grammar of Python, compiled once for all texts.
final class PythonParser: Sendable {
  static let shared = PythonParser()

  private let automaton: Automaton
  private let current: Mutex<Arena>

  /// Stacks that several texts use, and what they let follow.
  final class Arena: Sendable {
    struct Content: Sendable {
      var stacks: StackArena
      var allowed: [Int32: PythonTokenSet] = [:]
    }

    let content: Mutex<Content>
    init(_ automaton: Automaton) { content = Mutex(Content(stacks: StackArena(automaton))) }
  }

  private init() {
    do {
      var parser = GBNFParser(PythonGrammar.text)
      var rules = try parser.parse()
      rules.expressions = rules.expressions.map(Self.overTokens)
      automaton = try Automaton(rules)
    } catch {
      fatalError("\(error)")
    }
    current = Mutex(Arena(automaton))
  }

  /// A text in quotes is a token.
  private static func overTokens(_ expression: Expression) -> Expression {
    switch expression {
    case .bytes(let bytes) where !bytes.isEmpty:
      let name = String(decoding: bytes, as: UTF8.self)
      guard let token = PythonTokens.numbers[name] else { fatalError("«\(name)» is no token of Python.") }
      return .anyByte([token])
    case .sequence(let parts): return .sequence(parts.map(overTokens))
    case .alternatives(let parts): return .alternatives(parts.map(overTokens))
    case .repeated(let part, let minimum, let maximum): return .repeated(overTokens(part), minimum: minimum, maximum: maximum)
    default: return expression
    }
  }

  /// Where a text begins.
  func begin() -> PythonPlace {
    let arena = current.withLock { current in
      if current.content.withLock({ $0.stacks.isFull }) { current = Arena(automaton) }
      return current
    }
    return PythonPlace(arena: arena, stacks: arena.content.withLock { $0.stacks.start() })
  }
}

/// Where a text stands in the grammar, after whole tokens.
struct PythonPlace: Sendable {
  let arena: PythonParser.Arena
  private(set) var stacks: Int32

  init(arena: PythonParser.Arena, stacks: Int32) {
    self.arena = arena
    self.stacks = stacks
  }

  var isDead: Bool { stacks == StackArena.dead }

  mutating func accept(_ token: UInt8) {
    let place = stacks
    stacks = arena.content.withLock { $0.stacks.step(place, token) }
  }

  /// The tokens that may come next.
  var allowed: PythonTokenSet {
    let place = stacks
    return arena.content.withLock { content in
      if let known = content.allowed[place] { return known }
      let tokens = PythonTokenSet(content.stacks.nextBytes(of: place))
      content.allowed[place] = tokens
      return tokens
    }
  }

  var isComplete: Bool {
    let place = stacks
    return arena.content.withLock { $0.stacks.flags(of: place).contains(.complete) }
  }
}

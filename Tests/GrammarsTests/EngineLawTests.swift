import LanguageModels
import Testing

@testable import Grammars

/// Random rules over the bytes a, b, c, none of which begins with itself: a rule calls later ones anywhere, others only after a byte.
private func randomRules(_ generator: inout Generator) -> GrammarRules {
  var rules = GrammarRules()
  let count = Int.random(in: 1...4, using: &generator)
  for index in 0..<count { _ = rules.declare("r\(index)") }
  func expression(_ depth: Int, rule: Int, afterByte: Bool) -> Expression {
    switch Int.random(in: 0...(depth == 0 ? 1 : 7), using: &generator) {
    case 0: return .bytes([UInt8.random(in: 97...99, using: &generator)])
    case 1: return .bytes((0..<Int.random(in: 0...2, using: &generator)).map { _ in UInt8.random(in: 97...99, using: &generator) })
    case 2, 3: return .alternatives((0..<2).map { _ in expression(depth - 1, rule: rule, afterByte: afterByte) })
    case 4:
      let minimum = Int.random(in: 0...2, using: &generator)
      let maximum = Bool.random(using: &generator) ? nil : minimum + Int.random(in: 0...2, using: &generator)
      return .repeated(expression(depth - 1, rule: rule, afterByte: afterByte), minimum: minimum, maximum: maximum)
    case 5 where afterByte: return .rule(Int.random(in: 0..<count, using: &generator))
    case 5 where rule + 1 < count: return .rule(Int.random(in: (rule + 1)..<count, using: &generator))
    default:
      let first = Expression.bytes([UInt8.random(in: 97...99, using: &generator)])
      return .sequence([first, expression(depth - 1, rule: rule, afterByte: true), expression(depth - 1, rule: rule, afterByte: true)])
    }
  }
  for index in 0..<count { rules.expressions[index] = expression(3, rule: index, afterByte: false) }
  return rules
}

/// Where a match that begins at a place can end: the meaning of expressions, word for word, without any automaton.
private struct Matcher {
  let rules: GrammarRules
  let text: [UInt8]
  var known: [Int: [Int: Set<Int>]] = [:]

  mutating func ends(_ expression: Expression, from start: Int) -> Set<Int> {
    switch expression {
    case .bytes(let bytes): return text[start...].starts(with: bytes) ? [start + bytes.count] : []
    case .anyByte(let bytes): return start < text.count && bytes.contains(text[start]) ? [start + 1] : []
    case .scalar, .intersection: fatalError("not in these rules")
    case .alternatives(let parts): return parts.reduce(into: []) { $0.formUnion(ends($1, from: start)) }
    case .sequence(let parts):
      return parts.reduce([start]) { starts, part in starts.reduce(into: []) { $0.formUnion(ends(part, from: $1)) } }
    case .repeated(let part, let minimum, let maximum):
      var result: Set<Int> = minimum == 0 ? [start] : []
      var current: Set<Int> = [start]
      for count in 1...max(1, maximum ?? text.count + 1 + minimum) where count <= maximum ?? .max {
        current = current.reduce(into: []) { $0.formUnion(ends(part, from: $1)) }
        if count >= minimum { result.formUnion(current) }
      }
      return result
    case .rule(let rule):
      if let ends = known[rule]?[start] { return ends }
      let result = ends(rules.expressions[rule], from: start)
      known[rule, default: [:]][start] = result
      return result
    }
  }
}

@Suite("The engine's laws") struct EngineLawTests {
  private static let texts: [[UInt8]] = {
    var texts: [[UInt8]] = [[]]
    var last = texts
    for _ in 1...5 {
      last = last.flatMap { text in ([97, 98, 99] as [UInt8]).map { text + [$0] } }
      texts += last
    }
    return texts
  }()

  @Test("Complete are the texts that match, and wrong is said only of what no match begins with", arguments: 0..<60)
  func verdicts(seed: UInt64) throws {
    var generator = Generator(state: seed)
    let rules = randomRules(&generator)
    guard let grammar = try? CompiledGrammar(rules) else { return }
    var matches: Set<[UInt8]> = []
    for text in Self.texts {
      var matcher = Matcher(rules: rules, text: text)
      let isMatch = matcher.ends(.rule(0), from: 0).contains(text.count)
      if isMatch { matches.insert(text) }
      #expect((grammar.begin().verdict(after: text[...]) == .complete) == isMatch, "\(rules) \(text)")
    }
    for match in matches {
      for length in 0..<match.count { #expect(grammar.begin().verdict(after: match[..<length]) != .wrong) }
    }
    // What is open can be completed: follow it breadth-first.
    for text in Self.texts.prefix(40) where grammar.begin().verdict(after: text[...]) == .open {
      var state = grammar.begin()
      state.accept(text[...])
      #expect(canComplete(state), "\(rules) \(text)")
    }
  }

  private func canComplete(_ state: GrammarState) -> Bool {
    var seen: Set<Int32> = [state.place]
    var open = [state]
    while !open.isEmpty, seen.count < 2_000 {
      let state = open.removeFirst()
      if state.verdict == .complete { return true }
      for byte in [97, 98, 99] as [UInt8] {
        var next = state
        next.accept([byte])
        if next.verdict != .wrong, seen.insert(next.place).inserted { open.append(next) }
      }
    }
    // So many different places are beyond what can be looked at, and not beyond hope.
    return !open.isEmpty
  }

  @Test("A mask is what trying every token gives, at every place of a text, whatever was asked before", arguments: 0..<60)
  func masks(seed: UInt64) throws {
    var generator = Generator(state: seed &+ 1_000)
    let rules = randomRules(&generator)
    guard let grammar = try? CompiledGrammar(rules) else { return }
    let tokens = tokenBytes(
      (0..<40).map { _ in (0..<Int.random(in: 0...5, using: &generator)).map { _ in UInt8.random(in: 97...99, using: &generator) } })
    for text in Self.texts.shuffled(using: &generator).prefix(60) {
      var state = grammar.begin()
      state.accept(text[...])
      let mask = state.mask(of: tokens, isFirst: false)!
      for token in 0..<tokens.count {
        let bytes = tokens.bytes(of: token, isFirst: false)
        #expect(mask.contains(token) == (!bytes.isEmpty && state.verdict(after: bytes) != .wrong), "\(rules) \(text) \(bytes)")
      }
    }
  }

  @Test("A mask of real characters that are cut anywhere is what trying every token gives", arguments: 0..<20)
  func cutCharacters(seed: UInt64) throws {
    var generator = Generator(state: seed)
    let grammar = try GBNF("root ::= \"[\" (item (\", \" item)*)? \"]\"\nitem ::= [a-zé-ÿぁ-ん😀-😎]+ | root")
    let text = Array("[aé, [ぁん, 😀a], z, []]".utf8)
    let tokens = tokenBytes(
      (0..<80).map { _ in
        let start = Int.random(in: 0..<text.count, using: &generator)
        return Array(text[start..<min(text.count, start + Int.random(in: 1...6, using: &generator))])
      })
    var state = grammar.begin()
    for byte in text {
      let mask = state.mask(of: tokens, isFirst: false)!
      #expect(mask == state.triedMask(of: tokens, isFirst: false))
      for token in 0..<tokens.count {
        #expect(mask.contains(token) == (state.verdict(after: tokens.bytes(of: token, isFirst: false)) != .wrong))
      }
      state.accept([byte])
    }
    #expect(state.verdict == .complete)
  }

  @Test("A text moves to a new arena and stands where it stood")
  func newArena() throws {
    var old = StackArena(try Automaton(GBNFRules.nested))
    var set = old.start()
    for byte in "((((".utf8 { set = old.step(set, byte) }
    var new = StackArena(old.automaton)
    var copied = new.copy(set, of: old)
    for byte in "x))))".utf8 { copied = new.step(copied, byte) }
    #expect(new.flags(of: copied) == .complete)
    #expect(new.step(copied, 41) == StackArena.dead)
  }
}

private enum GBNFRules {
  static var nested: GrammarRules {
    var parser = GBNFParser("root ::= \"(\" root \")\" | [a-z]")
    return try! parser.parse()
  }
}

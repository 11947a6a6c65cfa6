import Foundation
import Grammars
import LanguageModels

// What a step of constrained decoding costs: the mask of the whole vocabulary and reading one token. Driven by compare.py.
//
//   constraint-benchmark masks VOCABULARY CASES    a line of JSON for each case
//   constraint-benchmark python FILES…             reads programs byte by byte: those that are not complete, or wrong on the way

struct Case: Decodable {
  var name: String
  var kind: String
  var grammar: String
  /// `[text][token]`
  var texts: [[Int]]
}

func vocabulary(_ path: String) throws -> TokenBytes {
  let data = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  var tokens: [[UInt8]] = []
  var place = 0
  while place < data.count {
    let length = Int(data[place]) | Int(data[place + 1]) << 8
    tokens.append(Array(data[(place + 2)..<(place + 2 + length)]))
    place += 2 + length
  }
  return TokenBytes(count: tokens.count) { [tokens] token, _ in tokens[token] }
}

func microseconds(_ duration: Duration) -> Double {
  Double(duration.components.seconds) * 1e6 + Double(duration.components.attoseconds) * 1e-12
}

/// The microseconds of every step of a text; stops the program where a token does not fit.
func steps(_ checker: some Checker, _ text: [Int], _ tokens: TokenBytes) -> [Double] {
  let clock = ContinuousClock()
  var state = checker.begin()
  var times: [Double] = []
  for token in text {
    let start = clock.now
    let mask = state.mask(of: tokens, isFirst: false)!
    let isAllowed = mask.contains(token)
    state.accept(tokens.bytes(of: token, isFirst: false))
    times.append(microseconds(clock.now - start))
    guard isAllowed, state.verdict != .wrong else { fatalError("token \(token) does not fit: \(state.problem ?? "")") }
  }
  guard state.verdict == .complete else { fatalError("the text is not complete") }
  return times
}

func measure(_ name: String, _ tokens: TokenBytes, _ texts: [[Int]], _ make: () throws -> some Checker) throws {
  let clock = ContinuousClock()
  var compile: [Double] = []
  for _ in 0..<5 {
    let start = clock.now
    _ = try make()
    compile.append(microseconds(clock.now - start))
  }
  let checker = try make()
  let cold = texts.flatMap { steps(checker, $0, tokens) }
  let warm = texts.flatMap { steps(checker, $0, tokens) }
  let line: [String: Any] = ["name": name, "compile": compile.sorted()[2], "cold": cold, "warm": warm]
  print(String(decoding: try JSONSerialization.data(withJSONObject: line), as: UTF8.self))
}

func measureMasks(_ vocabularyPath: String, _ casesPath: String) throws {
  let clock = ContinuousClock()
  let tokens = try vocabulary(vocabularyPath)
  let start = clock.now
  _ = tokens.trie(isFirst: false)
  print("{\"name\": \"vocabulary\", \"compile\": \(microseconds(clock.now - start))}")
  for example in try JSONDecoder().decode([Case].self, from: Data(contentsOf: URL(fileURLWithPath: casesPath))) {
    switch example.kind {
    case "schema": try measure(example.name, tokens, example.texts) { try JSONSchema(example.grammar) }
    case "pattern": try measure(example.name, tokens, example.texts) { try Pattern(example.grammar) }
    case "gbnf": try measure(example.name, tokens, example.texts) { try GBNF(example.grammar) }
    default: try measure(example.name, tokens, example.texts) { PythonSyntax() }
    }
  }
}

func checkPrograms(_ paths: [String]) throws {
  var bytes = 0
  var seconds = 0.0
  var bad = 0
  for path in paths {
    let text = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    var state = PythonSyntax().begin()
    let clock = ContinuousClock()
    let start = clock.now
    state.accept(text[...])
    seconds += microseconds(clock.now - start) / 1e6
    bytes += text.count
    if state.verdict != .complete {
      bad += 1
      print("\(path): \(state.verdict), \(state.problem ?? "")")
    }
  }
  print("\(paths.count) programs, \(bytes) bytes, \(bad) not complete; \(seconds * 1e9 / Double(max(1, bytes))) ns a byte")
}

/// Programs one after the other on standard input, each as a line of JSON with `text`; answers with the verdict of each.
func judgePrograms() throws {
  while let line = readLine() {
    let text = try JSONDecoder().decode([String].self, from: Data(line.utf8))[0]
    print(PythonSyntax().begin().verdict(after: Array(text.utf8)[...]).rawValue)
  }
}

let arguments = CommandLine.arguments
switch arguments.dropFirst().first {
case "masks" where arguments.count == 4: try measureMasks(arguments[2], arguments[3])
case "python": try checkPrograms(Array(arguments.dropFirst(2)))
case "judge": try judgePrograms()
default: print("constraint-benchmark masks VOCABULARY CASES | python FILES… | judge")
}

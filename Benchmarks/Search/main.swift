// What searches cost beside the model, and what drafts save: swift run -c release search-benchmark PATH-OF-A-GGUF [FILE.svg]
//
// Prints, for several searches, the seconds in all, those inside the model's calls, and the share of the rest; then the seconds of greedy
// decoding with and without a draft that looks its tokens up, in turns, on a prompt that repeats itself. With a second path it writes the
// tree of the widest search as SVG.
import Decoding
import Glibc
import LanguageModels
import Pretrained

/// A model that measures the time inside its calls.
struct Timed: LanguageModel {
  final class Clock: @unchecked Sendable { var seconds = 0.0 }
  let model: any LanguageModel
  let clock = Clock()

  var vocabulary: any Vocabulary { model.vocabulary }
  var endTokens: [Int] { model.endTokens }
  func read(_ prompts: [[Int]]) async throws -> ForwardOutput { try await measured { try await model.read(prompts) } }
  func forward(_ inputs: [ForwardInput], rows: ForwardRows) async throws -> ForwardOutput {
    try await measured { try await model.forward(inputs, rows: rows) }
  }
  func state(_ state: ModelState, droppingLast count: Int) -> ModelState? { model.state(state, droppingLast: count) }

  private func measured(_ call: () async throws -> ForwardOutput) async throws -> ForwardOutput {
    let start = ContinuousClock.now
    let output = try await call()
    clock.seconds += seconds(since: start)
    return output
  }
}

func seconds(since start: ContinuousClock.Instant) -> Double {
  let (seconds, attoseconds) = (ContinuousClock.now - start).components
  return Double(seconds) + Double(attoseconds) * 1e-18
}

func rounded(_ number: Double, _ digits: Double = 1000) -> Double { (number * digits).rounded() / digits }

func write(_ text: String, to path: String) {
  guard let file = fopen(path, "w") else { return }
  fputs(text, file)
  fclose(file)
}

guard CommandLine.arguments.count > 1 else {
  print("search-benchmark PATH-OF-A-GGUF [FILE.svg]")
  exit(2)
}
let model = try GPT(CommandLine.arguments[1])
let prompt = "The history of the city begins with a small village on the river, where"

func measure(_ strategy: some DeterministicStrategy) async throws {
  let timed = Timed(model: model)
  let start = ContinuousClock.now
  _ = try await timed.generate(prompt, using: strategy)
  let total = seconds(since: start)
  let rest = (total - timed.clock.seconds) / total * 100
  print("\(strategy): \(rounded(total)) s, in the model \(rounded(timed.clock.seconds)) s, beside it \(rounded(rest, 100)) %")
}

try await measure(Greedy(maximumNewTokens: 40))
try await measure(BeamSearch(width: 8, maximumNewTokens: 40))
try await measure(BeamSearch.transformers(width: 8, maximumNewTokens: 40))
try await measure(BeamSearch(width: 8, maximumNewTokens: 40) { NoRepeatNGram(3) })
try await measure(DiverseBeamSearch(width: 8, groups: 4, penalty: 0.5, maximumNewTokens: 40))

let search = try await model.generate(prompt, using: BeamSearch(width: 8, maximumNewTokens: 40))
if CommandLine.arguments.count > 2 { write(search.tree.svg, to: CommandLine.arguments[2]) }
print(search.tree)
print(search.best.strip)

let list = """
  item: apple, price: 3, colour: red
  item: pear, price: 4, colour: green
  item: plum, price: 5, colour: blue
  item: apple, price: 3, colour: red
  item: pear, price: 4, colour: green
  item: plum, price: 5, colour: blue
  item: apple, price: 3, colour: red

  """
var plain: [Double] = []
var drafted: [Double] = []
for _ in 0..<3 {
  var start = ContinuousClock.now
  let slow = try await model.generate(list, using: Greedy(maximumNewTokens: 96))
  plain.append(seconds(since: start))
  start = ContinuousClock.now
  let fast = try await model.generate(list, using: Greedy(maximumNewTokens: 96).drafted(by: .lookup(longest: 3), tokens: 8))
  drafted.append(seconds(since: start))
  let agrees = slow.best.tokens == fast.best.tokens
  print(
    "greedy \(rounded(plain.last!)) s, drafted \(rounded(drafted.last!)) s, \(rounded(fast.tokensPerTargetCall, 100)) tokens per call,",
    "acceptance \(rounded(fast.acceptanceRate ?? 0)), the same text: \(agrees)")
}
print("ratio of the medians: \(rounded(plain.sorted()[1] / drafted.sorted()[1], 100))")

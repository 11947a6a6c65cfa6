// Decodes as the peers do, one measurement for every line on standard input:
//
//   decode-benchmark MODEL MODE PRECISION [--threads N] [--prompt N] [--new N]
//
// MODEL is a folder or a GGUF file; MODE is greedy, prefill, beamK or sampleN. The first line printed describes the run, every further
// one has the seconds of a measurement; the last, at the end of the input, has the peak memory.
import CKernels
import Glibc
import Inference

@main
struct DecodeBenchmark {
  let mode: String
  let newTokens: Int
  let prompt: [Int]
  let model: CausalTransformer
  let encoderDecoder: EncoderDecoder?
  var size: Int { model.shape.vocabularySize }

  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    func option(_ name: String, _ value: Int) -> Int {
      guard let place = arguments.firstIndex(of: "--\(name)"), place + 1 < arguments.count else { return value }
      guard let number = Int(arguments[place + 1]) else { fatalError("--\(name) \(arguments[place + 1]) is no integer") }
      return number
    }
    guard arguments.count >= 3, let precision = WeightPrecision(rawValue: arguments[2]) else {
      let precisions = WeightPrecision.allCases.map(\.rawValue).joined(separator: "|")
      print("usage: decode-benchmark MODEL greedy|prefill|beamK|sampleN \(precisions) [--threads N] [--prompt N] [--new N]")
      exit(2)
    }
    InferenceThreads.count = option("threads", 2)
    let loading = seconds()
    let run = try DecodeBenchmark(
      path: arguments[0], mode: arguments[1], precision: precision, promptLength: option("prompt", 32), newTokens: option("new", 128))
    let loaded = seconds() - loading
    try run.measure()
    say("\(arguments.joined(separator: " ")): \(InferenceThreads.count) threads, \(InferenceThreads.instructions), loaded in \(loaded) s")
    while readLine() != nil {
      let start = seconds()
      try run.measure()
      say("\(seconds() - start)")
    }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    say("peak \(usage.ru_maxrss / 1024) MiB")
  }

  /// Prints a line at once: whoever measures waits for it.
  static func say(_ line: String) {
    print(line)
    fflush(nil)
  }

  static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  init(path: String, mode: String, precision: WeightPrecision, promptLength: Int, newTokens: Int) throws {
    if let decoder = try? CausalTransformer(path: path, precision: precision) {
      (model, encoderDecoder) = (decoder, nil)
    } else {
      let both = try EncoderDecoder(path: path, precision: precision)
      (model, encoderDecoder) = (both.decoder, both)
    }
    self.mode = mode
    self.newTokens = newTokens
    let size = model.shape.vocabularySize
    prompt = (0..<promptLength).map { ($0 * 7919 + 13) % (size - 200) + 5 }
  }

  func begin() throws -> (logits: [Float], states: [CacheState], operations: Int) {
    if let encoderDecoder {
      let source = try encoderDecoder.read([prompt])
      return try model.forward([(source[0], [encoderDecoder.beginToken])])
    }
    return try model.forward([(model.start, prompt)])
  }

  /// The `count` largest of a row with their places, largest first.
  func top(_ count: Int, _ row: UnsafeBufferPointer<Float>) -> [(value: Float, token: Int)] {
    var best: [(value: Float, token: Int)] = []
    best.reserveCapacity(count + 1)
    var least = -Float.infinity
    for token in row.indices where row[token] > least {
      var place = best.count
      while place > 0, best[place - 1].value < row[token] { place -= 1 }
      best.insert((row[token], token), at: place)
      if best.count > count { best.removeLast() }
      if best.count == count { least = best[count - 1].value }
    }
    return best
  }

  func greedy() throws {
    var output = try begin()
    for step in 1...newTokens {
      let token = output.logits.withUnsafeBufferPointer { top(1, $0)[0].token }
      if step < newTokens { output = try model.forward([(output.states[0], [token])]) }
    }
  }

  func sample(_ count: Int) throws {
    var random = SystemRandomNumberGenerator()
    let first = try begin()
    var states = Array(repeating: first.states[0], count: count)
    var rows = (0..<count).flatMap { _ in first.logits }
    for step in 1...newTokens {
      var inputs: [(state: CacheState, tokens: [Int])] = []
      rows.withUnsafeBufferPointer { rows in
        for index in 0..<count {
          let best = top(50, UnsafeBufferPointer(rebasing: rows[index * size..<(index + 1) * size]))
          let weights = best.map { expf($0.value - best[0].value) }
          var rest = Float.random(in: 0..<weights.reduce(0, +), using: &random)
          let choice = weights.firstIndex { weight in
            rest -= weight
            return rest < 0
          }
          inputs.append((states[index], [best[choice ?? 0].token]))
        }
      }
      if step < newTokens {
        let output = try model.forward(inputs)
        (rows, states) = (output.logits, output.states)
      }
    }
  }

  func beam(_ width: Int) throws {
    var output = try begin()
    var scores: [Float] = [0]
    for step in 1...newTokens {
      var candidates: [(score: Float, parent: Int, token: Int)] = []
      output.logits.withUnsafeBufferPointer { rows in
        for parent in scores.indices {
          let row = UnsafeBufferPointer(rebasing: rows[parent * size..<(parent + 1) * size])
          let normalizer = ck_log_sum_exp(row.baseAddress, Int32(size))
          for (value, token) in top(2 * width, row) { candidates.append((scores[parent] + value - normalizer, parent, token)) }
        }
      }
      candidates.sort { ($1.score, $0.parent, $0.token) < ($0.score, $1.parent, $1.token) }
      let kept = candidates.prefix(width)
      scores = kept.map(\.score)
      if step < newTokens { output = try model.forward(kept.map { (output.states[$0.parent], [$0.token]) }) }
    }
  }

  func measure() throws {
    if mode == "greedy" {
      try greedy()
    } else if mode == "prefill" {
      _ = try begin()
    } else if mode.hasPrefix("beam"), let width = Int(mode.dropFirst(4)) {
      try beam(width)
    } else if mode.hasPrefix("sample"), let count = Int(mode.dropFirst(6)) {
      try sample(count)
    } else {
      fatalError("mode \(mode); allowed: greedy, prefill, beamK, sampleN")
    }
  }
}

// Times a training step, one JSON line a run, for Benchmarks/train.py.
//
// usage: train-benchmark bert-base|gpt2-small|t5-small|gpt2-train-small [steps] [bfloat16]

import Glibc
import Layers
import Tensors

let arguments = CommandLine.arguments
let name = arguments.count > 1 ? arguments[1] : ""
let steps = arguments.count > 2 ? Int(arguments[2]) ?? 3 : 3

func tokens(_ rows: Int, _ time: Int, below size: Int) -> [[Int]] {
  var random = RandomSource(seed: 1)
  return (0..<rows).map { _ in (0..<time).map { _ in Int.random(in: 5..<size - 1, using: &random) } }
}

func seconds(_ clock: clockid_t = CLOCK_MONOTONIC) -> Double {
  var time = timespec()
  clock_gettime(clock, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}

let network: Network
let batch: TokenBatch
var decoder: TokenBatch?
let targets: [Int32]
switch name {
case "bert-base":
  network = try Architecture.bert(.classifier(labels: 3), dropout: 0).initialized(seed: 0)
  batch = TokenBatch(tokens(8, 128, below: 30_522))
  targets = [0, 1, 2, 0, 1, 2, 0, 1]
case "gpt2-small":
  network = try Architecture.gpt2(dropout: 0).initialized(seed: 0)
  batch = TokenBatch(tokens(8, 128, below: 50_257))
  targets = batch.nextTokens
case "t5-small":
  network = try Architecture.t5(dropout: 0).initialized(seed: 0)
  batch = TokenBatch(tokens(8, 128, below: 32_128))
  let answer = TokenBatch(tokens(8, 8, below: 32_128))
  decoder = TokenBatch((0..<8).map { [0] + answer.ids[$0 * 8..<$0 * 8 + 7].map(Int.init) })
  targets = answer.ids
case "gpt2-train-small":
  network = try Architecture.gpt2(vocabularySize: 2_000, context: 128, width: 128, layers: 4, heads: 4, dropout: 0).initialized(seed: 0)
  batch = TokenBatch(tokens(32, 64, below: 2_000))
  targets = batch.nextTokens
default:
  print("usage: train-benchmark bert-base|gpt2-small|t5-small|gpt2-train-small [steps] [bfloat16]")
  exit(2)
}

if arguments.count > 3, let precision = MatrixPrecision(rawValue: arguments[3]) { network.precision = precision }
let optimizer = AdamW(network.parameters, decaying: .all)
var times: [Double] = []
var parts = (forward: 0.0, backward: 0.0, step: 0.0)
var last: Float = 0
// Of all threads, those that wait included: what to compare where other programs share the machine, with one thread.
var processor = 0.0
for step in 0...steps {
  let processorStart = seconds(CLOCK_PROCESS_CPUTIME_ID)
  let start = seconds()
  let loss = try network.loss(batch, decoder: decoder, targets: targets, dropout: RandomSource(seed: 0))
  let forward = seconds()
  loss.backward()
  let backward = seconds()
  optimizer.step(learningRate: 1e-5)
  let end = seconds()
  last = loss.item
  // The first step fetches memory from the system and is not counted.
  guard step > 0 else { continue }
  times.append(end - start)
  processor += seconds(CLOCK_PROCESS_CPUTIME_ID) - processorStart
  parts.forward += forward - start
  parts.backward += backward - forward
  parts.step += end - backward
}
var usage = rusage()
getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
let count = Double(max(steps, 1))
print(
  """
  {"model": "\(name)", "seconds": \(times), "forward": \(parts.forward / count), "backward": \(parts.backward / count), \
  "optimizer": \(parts.step / count), "processor": \(processor / count), "peak_mb": \(usage.ru_maxrss / 1024), "loss": \(last)}
  """)

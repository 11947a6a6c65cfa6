import Display
import Glibc
import Tokenizers

// Serves one tokenizer to a script: a line of JSON comes in, a line of JSON goes out.
//
//   {"time": "encode", "rounds": 1}   → {"seconds": …, "tokens": …}     encodes the text file
//   {"time": "decode", "rounds": 1}   → {"seconds": …, "bytes": …}      decodes its tokens
//   {"encode": "text", "pair": …}     → {"ids": […], "offsets": […], …}
//   {"decode": [ids]}                 → {"text": "…", "streamed": "…"}
//
// Usage: tokenizer-benchmark TOKENIZER [TEXT], a tokenizer.json or a folder, and a text file.

func seconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func answer(_ value: JSON) {
  print(value)
  fflush(nil)
}

func load(_ path: String) throws -> Tokenizer {
  path.hasSuffix(".json") ? try Tokenizer(file: path) : try Tokenizer(folder: path)
}

func fileText(_ path: String) -> String {
  guard let file = fopen(path, "r") else { fatalError("\(path) cannot be read") }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let got = fread(&chunk, 1, chunk.count, file)
    if got == 0 { break }
    bytes += chunk[..<got]
  }
  return String(decoding: bytes, as: UTF8.self)
}

func integers(_ values: [Int]) -> JSON { .array(values.map { .integer($0) }) }

func encoded(_ encoding: Encoding, _ text: String) -> JSON {
  [
    "ids": integers(encoding.ids), "types": integers(encoding.typeIDs), "special": integers(encoding.specialTokensMask),
    "attention": integers(encoding.attentionMask), "words": .array(encoding.wordIndices.map { $0.map { .integer($0) } ?? .null }),
    "offsets": .array(encoding.offsets.map { integers([$0.lowerBound, $0.upperBound]) }),
    "overflow": .array(encoding.overflow.map { integers($0.ids) }),
  ]
}

let arguments = CommandLine.arguments
guard arguments.count >= 2 else {
  print("usage: tokenizer-benchmark TOKENIZER [TEXT]")
  exit(64)
}
let started = seconds()
let tokenizer: Tokenizer
do {
  tokenizer = try load(arguments[1])
} catch {
  answer(["error": .string("\(error)")])
  exit(1)
}
answer(["loaded": .number(seconds() - started), "tokenizer": .string("\(tokenizer)")])
let text = arguments.count > 2 ? fileText(arguments[2]) : ""
var ids: [Int] = []

while let line = readLine(strippingNewline: true) {
  let request = try JSON(parsing: line)
  let rounds = request["rounds"]?.intValue ?? 1
  if let what = request["time"]?.stringValue {
    let start = seconds()
    var size = 0
    for _ in 0..<rounds {
      if what == "encode" {
        let encoding = tokenizer.encode(text, addsSpecialTokens: false)
        size = encoding.count
        ids = encoding.ids
      } else {
        size = tokenizer.decode(ids).utf8.count
      }
    }
    answer(["seconds": .number((seconds() - start) / Double(rounds)), "size": .integer(size)])
  } else if let input = request["encode"]?.stringValue {
    let truncation = request["limit"]?.intValue.map { Truncation(to: $0, stride: request["stride"]?.intValue ?? 0) }
    let encoding = tokenizer.encode(
      input, request["pair"]?.stringValue, addsSpecialTokens: request["special"]?.boolValue ?? true, truncation: truncation)
    answer(encoded(encoding, input))
  } else if let list = request["decode"]?.arrayValue {
    let ids = list.compactMap(\.intValue)
    let skips = request["skip"]?.boolValue ?? true
    var stream = tokenizer.decodingStream(skipsSpecialTokens: skips)
    var streamed = ""
    for id in ids { streamed += stream.append(id) }
    streamed += stream.finish()
    answer(["text": .string(tokenizer.decode(ids, skipsSpecialTokens: skips)), "streamed": .string(streamed)])
  }
}

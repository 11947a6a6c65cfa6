import Checkpoints
import Display
import Inference
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// The path of a fixture beside this file.
func fixture(_ name: String, file: String = #filePath) -> String {
  file[..<(file.lastIndex(of: "/") ?? file.startIndex)] + "/Fixtures/" + name
}

/// The JSON text at a path.
func json(_ path: String) throws -> JSON {
  guard let stream = fopen(path, "rb") else { throw CheckpointError(file: path, .unreadable("cannot be opened")) }
  defer { fclose(stream) }
  fseek(stream, 0, SEEK_END)
  let count = ftell(stream)
  rewind(stream)
  let bytes = [UInt8](unsafeUninitializedCapacity: count) { $1 = fread($0.baseAddress, 1, count, stream) }
  return try JSON(parsing: bytes)
}

extension JSON {
  var integers: [Int] { arrayValue?.compactMap(\.intValue) ?? [] }
  var numbers: [Double] { arrayValue?.compactMap(\.doubleValue) ?? [] }
}

/// The largest difference between two rows of numbers; infinite when their lengths differ.
func distance(_ found: some Collection<Float>, _ expected: [Double]) -> Double {
  guard found.count == expected.count else { return .infinity }
  return zip(found, expected).map { abs(Double($0) - $1) }.max() ?? 0
}

/// The root of the mean square of the differences, relative to that of the expected numbers.
func relativeError(_ found: some Collection<Float>, _ expected: [Double]) -> Double {
  let error = zip(found, expected).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) }
  return (error / expected.reduce(0) { $0 + $1 * $1 }).squareRoot()
}

/// The place of the largest number; the first of several.
func best(_ row: some Collection<Float>) -> Int {
  var best = (index: 0, value: -Float.infinity)
  for (index, value) in row.enumerated() where value > best.value { best = (index, value) }
  return best.index
}

extension CausalTransformer {
  /// The most probable continuation, token by token.
  func greedy(_ prompt: [Int], _ count: Int, from state: CacheState? = nil) throws -> [Int] {
    var output = try forward([(state ?? start, prompt)])
    var tokens: [Int] = []
    while true {
      tokens.append(best(output.logits))
      if tokens.count == count { return tokens }
      output = try forward([(output.states[0], [tokens[tokens.count - 1]])])
    }
  }
}

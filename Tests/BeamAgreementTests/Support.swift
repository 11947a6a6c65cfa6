import Checkpoints
import Display
import Glibc
import LanguageModels

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

/// Tokens that stand for their own numbers.
struct Numbers: Vocabulary {
  let count: Int
  func tokens(of text: String) -> [Int] { text.split(separator: " ").compactMap { Int($0) } }
  func text(of tokens: [Int]) -> String { tokens.map(String.init).joined(separator: " ") }
  func label(of token: Int) -> String { "\(token)" }
}

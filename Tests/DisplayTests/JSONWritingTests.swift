import Testing

@testable import Display

@Suite("JSON is written so that equal values have equal bytes")
struct JSONWritingTests {
  @Test("compact: no white space, keys in order, no NaN")
  func compact() {
    let value: JSON = ["b": [1, 2.5, .number(.nan), .number(.infinity)], "a": "é\n\u{1}\"\\/", "B": [:], "c": .array([])]
    #expect(value.compactText == #"{"B":{},"a":"é\n\u0001\"\\/","b":[1,2.5,null,null],"c":[]}"#)
  }

  /// What Python's `json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": "))` prints, as nbformat calls it.
  @Test("a notebook file: the bytes that nbformat writes")
  func notebook() {
    let value: JSON = [
      "nbformat": 4, "metadata": .object([:]),
      "cells": [["source": ["a = 1\n", "b \u{7F} 😀"], "outputs": .array([]), "execution_count": .null]],
      "x": [1e-5, 0.1, 1e22, 3.0, -0.5],
    ]
    #expect(
      value.notebookText == """
        {
         "cells": [
          {
           "execution_count": null,
           "outputs": [],
           "source": [
            "a = 1\\n",
            "b \u{7F} 😀"
           ]
          }
         ],
         "metadata": {},
         "nbformat": 4,
         "x": [
          1e-05,
          0.1,
          1e+22,
          3.0,
          -0.5
         ]
        }

        """)
  }

  @Test("an object keeps the order of its keys' bytes through every change")
  func objectOrder() {
    var object: JSON.Object = ["b": 1, "a": 2, "é": 3, "b": 4]
    #expect(object.map(\.key) == ["a", "b", "é"])
    #expect(object["b"] == 4)
    object["aa"] = 5
    object["b"] = nil
    object["nothing"] = nil
    #expect(object.map(\.key) == ["a", "aa", "é"])
    #expect(JSON.Object(["z": 1, "y": 2] as [String: JSON]).map(\.key) == ["y", "z"])
  }

  @Test("what is written is read back as the same value, compact and indented", arguments: 0..<200)
  func roundTrip(seed: Int) throws {
    var random = SplitMix(seed: seed)
    let value = random.value(depth: 5)
    #expect(try JSON(parsing: value.compactText) == value)
    #expect(try JSON(parsing: value.notebookText) == value)
  }

  @Test("no damage to a text makes the parser trap, and what it accepts it can write and read again", arguments: 0..<300)
  func damage(seed: Int) throws {
    var random = SplitMix(seed: seed)
    var bytes = random.value(depth: 5).compactBytes
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.remove(at: place)
      case 2: bytes.insert(Array("{}[]\",:\\u0e-+.tfn".utf8).randomElement(using: &random) ?? 0, at: place)
      default: bytes.removeSubrange(place...)
      }
    }
    do {
      let value = try JSON(parsing: bytes)
      #expect(try JSON(parsing: value.compactBytes) == value)
    } catch let error as JSON.ParsingError {
      #expect((0...bytes.count).contains(error.byte))
    }
  }
}

/// A small generator with a seed (Steele, Lea and Flood 2014), so that a failing case can be run again.
struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  init(seed: Int) { state = UInt64(bitPattern: Int64(seed)) }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func value(depth: Int) -> JSON {
    switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &self) {
    case 0: .null
    case 1: .bool(.random(using: &self))
    case 2: .integer(Int(truncatingIfNeeded: next()) >> Int.random(in: 0..<64, using: &self))
    case 3: .number(Double(Int.random(in: -1_000_000...1_000_000, using: &self)) / 997)
    case 4, 5: .string(text())
    case 6: .array((0..<Int.random(in: 0..<5, using: &self)).map { _ in value(depth: depth - 1) })
    default: .object(JSON.Object((0..<Int.random(in: 0..<5, using: &self)).map { _ in (text(), value(depth: depth - 1)) }))
    }
  }

  mutating func text() -> String {
    let pieces = ["a", "Z", "0", " ", "\"", "\\", "\n", "\u{1}", "\u{7F}", "é", "e\u{301}", "中", "😀", "\u{2028}", "/"]
    return (0..<Int.random(in: 0..<8, using: &self)).map { _ in pieces.randomElement(using: &self) ?? "" }.joined()
  }
}

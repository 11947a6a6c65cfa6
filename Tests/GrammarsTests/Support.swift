import LanguageModels

@testable import Grammars

/// The verdict on a whole text.
func verdict(_ checker: some Checker, _ text: String) -> Verdict { checker.begin().verdict(after: Array(text.utf8)[...]) }

/// The verdict after every byte, in one letter each: w, o or c.
func verdicts(_ checker: some Checker, _ text: String) -> String {
  var state = checker.begin()
  return text.utf8.reduce(into: "") { result, byte in
    state.accept([byte])
    result.append(state.verdict.rawValue.first!)
  }
}

/// Tokens that are written out as bytes, in the order of their numbers.
func tokenBytes(_ tokens: [[UInt8]]) -> TokenBytes { TokenBytes(count: tokens.count) { token, _ in tokens[token] } }

/// Splitmix64: the same numbers for the same seed.
struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

import Testing

@testable import Tokenizers

@Suite("Patterns")
struct PatternTests {
  private func matches(_ source: String, _ text: String) throws -> [String] {
    let matcher = PatternMatcher(try Pattern(source))
    var text = text
    return text.withUTF8 { bytes in
      var found: [String] = []
      matcher.forEachMatch(in: bytes) { found.append(String(decoding: bytes[$0..<$1], as: UTF8.self)) }
      return found
    }
  }

  @Test("The first alternative that matches wins, and loops give back what the rest needs")
  func backtracking() throws {
    #expect(try matches("a|ab", "ab") == ["a"])
    #expect(try matches("[a-c]+c", "abcabc") == ["abcabc"])
    #expect(try matches("(?:ab)+b?", "ababb") == ["ababb"])
    #expect(try matches("a{2,3}", "aaaaaaa") == ["aaa", "aaa"])
    #expect(try matches("a+?b", "aab") == ["aab"])
    #expect(try matches("(?:a|b){2}", "abba") == ["ab", "ba"])
    #expect(try matches("日+", "a日日b日") == ["日日", "日"])
  }

  @Test("Possessive loops and atomic groups give nothing back")
  func possessive() throws {
    #expect(try matches("a++a", "aaa") == [])
    #expect(try matches("(?>a+)a", "aaa") == [])
    #expect(try matches("a{2}+", "aaaaa") == ["aaaa"], "Ruby reads a plus after braces as a second repetition")
  }

  @Test("Lookaround looks and takes nothing")
  func lookaround() throws {
    #expect(try matches(#"\s+(?!\S)"#, "a   b") == ["  "])
    #expect(try matches("a(?=b)", "abac") == ["a"])
    #expect(try matches("(?<=a)b", "abcb") == ["b"])
    #expect(try matches("(?<!a)b", "abcb") == ["b"])
    #expect(try matches(#"\bis\b"#, "this is it") == ["is"])
  }

  @Test("Sets combine")
  func sets() throws {
    #expect(try matches(#"[\p{L}&&[^aeiou]]+"#, "banana") == ["b", "n", "n"])
    #expect(try matches(#"[^\p{L}\s]+"#, "ab, 12!") == [",", "12!"])
    #expect(try matches("(?i)é", "ÉÈé") == ["É", "é"])
    #expect(try matches("(?i:'s)", "'ſ") == ["'ſ"])
    #expect(try matches(#"\x{1F600}|\u65e5"#, "日😀") == ["日", "😀"])
  }

  @Test(
    "What is not supported is said, with its place",
    arguments: [
      (#"a\1"#, #"the escape «\1»"#, 2), ("(a", "an opening parenthesis without a closing one", 1),
      ("a)", "a closing parenthesis without an opening one", 2), ("[a", "an opening bracket without a closing one", 1),
      ("a**", "a repetition of what can match nothing", 3), ("(a*)*", "a repetition of what can match nothing", 5),
      ("*a", "a quantifier with nothing before it", 1), ("(?<n>a)", "a group that is not supported", 3),
      ("(?<=ab)c", "a lookbehind of other than one character", 1), (#"\p{Han}"#, "the property «Han» (general categories are known)", 3),
      ("a{1001}", "a repetition of more than 1000", 8), ("a{3,2}", "a repetition whose maximum is below its minimum", 7),
      ("[[:alpha:]]", "a POSIX bracket", 4), ("[z-a]", "a range that is empty or not between two characters", 2),
      ("a\\", "a backslash at the end", 3),
      ("(((a{99}){99}){99}){99}", "repetitions that amount to more than 20,000 steps", 1),
    ] as [(String, String, Int)])
  func errors(_ source: String, _ problem: String, _ column: Int) {
    #expect(throws: PatternError(problem: problem, column: column)) { try Pattern(source) }
  }

  @Test("Random patterns are read or refused, and never trap")
  func fuzz() throws {
    let parts = [
      "a", "b", ".", "\\s", "\\p{L}", "[^a]", "[a-z&&[^b]]", "(", ")", "(?:", "(?=", "(?!", "(?>", "(?i)", "|", "*", "+", "?", "{2}",
      "{1,3}", "^", "$", "\\b", "[", "]", "-", "\\", "é", "(?<=a)",
    ]
    var readable = 0
    for seed in 0..<3000 {
      var random = SplitMix(seed)
      let source = (0..<Int.random(in: 1...8, using: &random)).map { _ in parts.randomElement(using: &random)! }.joined()
      guard let found = try? matches(source, "ab aé\nba  b") else { continue }
      readable += 1
      #expect(found.joined().utf8.count <= 13)
    }
    #expect(readable > 300)
  }
}

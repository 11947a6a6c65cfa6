import Testing

@testable import Grammars

@Suite("GBNF") struct GBNFTests {
  private let sum = try! GBNF(
    #"""
    # sums of numbers in brackets
    root ::= term (" + " term)*
    term ::= number | "(" root ")"
    number ::= "0" |
      [1-9] [0-9]{0,2}
    """#)

  @Test("A text is open until it is complete, and wrong from the first byte on that nothing can mend")
  func example() {
    #expect(verdicts(sum, "(1 + 23) + 0") == "ooooooocoooc")
    #expect(verdicts(sum, "12x1") == "ccww")
    #expect(verdict(sum, "(1 + 2") == .open)
    #expect(verdict(sum, "(1 + 2))") == .wrong)
    #expect(verdict(sum, "1234") == .wrong)
  }

  @Test("Brackets may be nested deeply", arguments: [1, 10, 500])
  func nested(depth: Int) {
    let text = String(repeating: "(", count: depth) + "7" + String(repeating: ")", count: depth)
    #expect(verdict(sum, text) == .complete)
    #expect(verdict(sum, String(text.dropLast())) == .open)
    #expect(verdict(sum, text + ")") == .wrong)
  }

  @Test(
    "Every construct of the dialect",
    arguments: [
      (#"root ::= "a\n\t\"\\\[\]\x41\u00e9\U0001F600""#, ["a\n\t\"\\[]A\u{e9}\u{1F600}"], ["a", "a\n\t\"\\[]A\u{e9}\u{1F601}"]),
      (#"root ::= [a-cx\]\\-]+"#, ["abc", "x]\\-"], ["d", ""]),
      (#"root ::= [^a-z\n]*"#, ["", "A é 😀"], ["a", "\n"]),
      (#"root ::= . . "#, ["ab", "é\n", "😀x"], ["a", "abc"]),
      (#"root ::= "a"{2} "b"{1,} "c"{0,2} ("d" | "e"){1,2}"#, ["aabd", "aabbbccde"], ["abd", "aabcccd", "aabddd"]),
      ("root ::= (\n  \"a\"  # first\n  | \"b\"\n)\n\n# more\nrest ::= \"c\"\n", ["a", "b"], ["c"]),
      ("root ::= a-1 | B_2 |\n  \"z\"\na-1 ::= \"x\"?\r\nB_2 ::= \"y\"", ["", "x", "y", "z"], ["xy"]),
      (#"root ::= [あ-ん]+ "。""#, ["ひらがな。"], ["カ。"]),
      (#"root ::= "x" root | "" "#, ["", "xxx"], ["y"]),
      (#"root ::= ("a"* "b"?)*"#, ["", "aabab", "bb"], ["c"]),
    ])
  func constructs(text: String, right: [String], wrong: [String]) throws {
    let grammar = try GBNF(text)
    for text in right { #expect(verdict(grammar, text) == .complete, "\(text)") }
    for text in wrong { #expect(verdict(grammar, text) != .complete, "\(text)") }
  }

  @Test(
    "A wrong grammar is refused with a sentence that says where and what is allowed",
    arguments: [
      ("root ::= \"a\" b", "GBNF, line 1, column 14: The rule «b» is not defined."),
      ("a ::= \"a\"", "GBNF, line 1, column 10: There is no rule «root», which says what a whole text is."),
      ("root := \"a\"", "GBNF, line 1, column 6: After the name of a rule comes «::=», not «:»."),
      ("root ::= \"a\n", "GBNF, line 1, column 10: The text that begins here has no closing quote in its line."),
      ("root ::= [a-", "GBNF, line 1, column 10: The class that begins here has no «]» in its line."),
      ("root ::= [z-a]", "GBNF, line 1, column 13: The range ends before it begins."),
      ("root ::=\n  | \"a\"{3,1}", "GBNF, line 2, column 8: {3,1}: the second number is at least the first."),
      ("root ::= *", "GBNF, line 1, column 10: «*» repeats what stands before it, and nothing does."),
      ("root ::= (\"a\"", "GBNF, line 1, column 14: «(» is closed by «)», not by the end."),
      (
        "root ::= \"\\q\"",
        "GBNF, line 1, column 11: «\\q» is no escape; there are \\n, \\r, \\t, \\\\, \\\", \\[, \\], \\xHH, \\uHHHH and \\UHHHHHHHH."
      ),
      ("root ::= \"a\"\nroot ::= \"b\"", "GBNF, line 2, column 1: The rule «root» is defined twice."),
      ("root ::= \"a\" )", "GBNF, line 1, column 14: A rule ends with its line; «)» cannot stand here."),
      (
        "root ::= a\na ::= b \"x\"\nb ::= \"y\"? a | \"z\"",
        "GBNF: the rule «a» begins with itself («a» → «b» → «a»); write the repetition after what it repeats, as in "
          + "«list ::= item (\",\" item)*»."
      ),
      ("root ::= \"a\" root", "GBNF: no text matches; every rule that is needed must be able to end."),
      (
        "root ::= <think>",
        "GBNF, line 1, column 10: Tokens such as «<think>» cannot stand in a grammar here: a grammar speaks of text; write the text in quotes."
      ),
    ])
  func refusals(text: String, sentence: String) {
    #expect { try GBNF(text) } throws: { "\($0)" == sentence }
  }

  @Test("Wrong is said as soon as no continuation is right: what can never end is not followed")
  func unproductive() throws {
    let grammar = try GBNF("root ::= \"a\" (\"b\" endless | \"c\")\nendless ::= \"x\" endless")
    #expect(verdicts(grammar, "ab") == "ow")
    #expect(verdicts(grammar, "ac") == "oc")
  }

  @Test("A refusal names the byte and what is allowed there")
  func problem() {
    var state = sum.begin()
    state.accept(Array("(1 - 2".utf8)[...])
    #expect(state.problem == "byte 4 is «-»; allowed there: «+».")
    state.accept(Array("x".utf8)[...])
    #expect(state.verdict == .wrong)
  }

  @Test("Texts that can be read in many ways need few sets of stacks")
  func ambiguous() throws {
    let grammar = try GBNF(
      """
      root ::= "a" left | "a" right | "a"
      left ::= root "x"
      right ::= root "x" | root "y"
      """)
    #expect(verdict(grammar, String(repeating: "a", count: 200)) == .open)
    #expect(verdict(grammar, String(repeating: "a", count: 60) + String(repeating: "x", count: 59)) == .complete)
  }
}

import Display
import JupyterKernel
import Testing

@testable import SwiftEvaluator

@Suite("Directives are read")
struct DirectiveTests {
  private func names(_ text: String) throws -> [String] { try Directive.cut(from: text).directives.map(\.name.rawValue) }

  @Test("Lines that begin with % stand before the Swift, and everything else keeps its place")
  func cutting() throws {
    let (directives, swift) = try Directive.cut(from: "// first\n\n%time\n  %package \"../My Package\" A B\nlet a = 7\n%a\n")
    #expect(directives.map(\.name) == [.time, .package])
    #expect(directives[1].arguments == ["../My Package", "A", "B"])
    #expect(directives.map(\.line) == [3, 4])
    #expect(swift == "// first\n\n     \n                              \nlet a = 7\n%a\n")
    #expect(try Directive.cut(from: "let a = 7 % 2").directives.isEmpty)
    #expect(try Directive.cut(from: "let text = \"\"\"\n%time\n\"\"\"").directives.isEmpty)
    #expect(try Directive.cut(from: "%time\r\n1 + 1").swift == "     \r\n1 + 1")
    #expect(try Directive.cut(from: "").directives.isEmpty)
  }

  @Test(
    "A misspelt directive gets the closest one",
    arguments: [
      ("%tiem", "there is no directive «%tiem»; did you mean %time? %help lists them all"),
      ("%optimize", "there is no directive «%optimize»; did you mean %optimise? %help lists them all"),
      ("%pakage x", "there is no directive «%pakage»; did you mean %package? %help lists them all"),
      ("%re", "there is no directive «%re»; did you mean %restart? %help lists them all"),
      ("%matplotlib inline", "there is no directive «%matplotlib»; %help lists them all"),
      ("%", "there is no directive «%»; %help lists them all"),
      ("%%time", "there is no directive «%%time»; did you mean %time? %help lists them all"),
      ("%time 1 + 1", "%time takes no arguments; the cell's Swift begins on the next line"),
      ("%package", "it is written %package PATH-OR-URL [VERSION] [PRODUCT …]"),
      ("%package \"a b", "a quotation mark is not closed"),
    ])
  func mistakes(text: String, message: String) {
    #expect(throws: Directive.Mistake(message: message, line: 2)) { try Directive.cut(from: "\n" + text) }
  }

  @Test("%help lists every directive")
  func help() {
    let text = Directive.help.description
    for name in Directive.Name.allCases { #expect(text.contains("%\(name.rawValue)")) }
  }

  @Test("Completion and inspection know directives, with positions in code points")
  func editor() {
    let found = Directive.completions(in: "// 😀\n%re", at: 8)
    #expect(found?.items.map(\.text) == ["%restart"])
    #expect(found?.start == 5 && found?.end == 8)
    #expect(Directive.completions(in: "%", at: 1)?.items.count == Directive.Name.allCases.count)
    #expect(Directive.completions(in: "let a = 5 %re", at: 13) == nil)
    #expect(Directive.inspection(of: "%restart", at: 3)?.text.hasPrefix("%restart") == true)
    #expect(Directive.inspection(of: "restart", at: 3) == nil)
  }

  @Test("What looks like a directive behind Swift is found")
  func misplaced() {
    #expect(Directive.misplaced(in: "let a = 1\n%time\nprint(a)") == .time)
    #expect(Directive.misplaced(in: "let a = 1\n% 2") == nil)
  }
}

@Suite("Requests for packages are read")
struct PackageRequestTests {
  private func request(_ words: String...) throws -> PackageRequest { try PackageRequest(words, in: "/tmp") }

  @Test(
    "An address with a version and products",
    arguments: [
      (["1.2.1", "Algorithms"], "exact: \"1.2.1\"", ["Algorithms"]), (["1.2"], "exact: \"1.2.0\"", []),
      (["from:1.0", "A", "B"], "from: \"1.0.0\"", ["A", "B"]), (["branch:main"], "branch: \"main\"", []),
      (["Algorithms"], "\"0.0.0\"..<\"100000.0.0\"", ["Algorithms"]), ([], "\"0.0.0\"..<\"100000.0.0\"", []),
    ])
  func address(words: [String], requirement: String, products: [String]) throws {
    let request = try PackageRequest(["https://example.org/a/swift-algorithms.git"] + words, in: "/")
    #expect(request.source == .repository("https://example.org/a/swift-algorithms.git", requirement: requirement))
    #expect(request.products == products)
    #expect(request.identity == "swift-algorithms")
  }

  @Test("A folder that is not there, or holds no package, gets a sentence")
  func folders() {
    #expect(throws: PackageFailure("There is no folder «nowhere» (from /tmp).")) { try request("nowhere") }
    #expect(throws: PackageFailure("The folder «/etc» has no Package.swift.")) { try request("/etc") }
  }

  @Test("Of SwiftPM's output the errors are shown, with places below the package and the source that the compiler quotes")
  func log() {
    let output = """
      [1/3] Compiling Geometry Circle.swift
      /c/.build/checkouts/geo/Sources/Geo/Circle.swift:2:16: error: cannot find 'y' in scope
      1 | struct Circle {
      2 |   let area = y
        |              `- error: cannot find 'y' in scope
      3 | }
      [2/3] Emitting module Geometry
      error: fatalError
      """
    let failure = PackageLog(output, in: "/c").failure("geo could not be built")
    #expect(failure.message == "geo could not be built: cannot find 'y' in scope")
    let plain = failure.details.map { $0.replacing(/\u{1B}\[[0-9;]*m/, with: "") }
    #expect(
      plain == [
        "geo/Sources/Geo/Circle.swift:2:16 error: cannot find 'y' in scope", "1 | struct Circle {", "2 |   let area = y",
        "  |              `- error: cannot find 'y' in scope", "3 | }",
      ])
    let other = PackageLog("error: 'x': no versions of 'geo' match the requirement 9.9.9", in: "/c").failure("geo could not be fetched")
    #expect(other.message == "geo could not be fetched: no versions of 'geo' match the requirement 9.9.9")
  }
}

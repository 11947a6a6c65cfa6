import Display
import JupyterProtocol
import Testing

@testable import JupyterKernel

@Suite("History, in memory")
struct HistoryTests {
  static let history: History = {
    var history = History()
    for (index, input) in ["let a = 1", "a", "let b = 2", "a"].enumerated() {
      history.append(HistoryReply.Entry(session: 0, line: index + 1, input: input, output: input == "a" ? "1" : nil))
    }
    return history
  }()

  @Test(
    "tail, range and search",
    arguments: [
      (.tail(count: 2), [3, 4]), (.tail(count: 0), []), (.tail(count: -1), []), (.tail(count: 99), [1, 2, 3, 4]),
      (.range(session: 0, start: 2, stop: 4), [2, 3]), (.range(session: 0, start: 3, stop: nil), [3, 4]),
      (.range(session: -1, start: 0, stop: nil), []), (.range(session: 0, start: 3, stop: 1), []),
      (.search(pattern: "let *", count: nil, isUnique: false), [1, 3]), (.search(pattern: "*", count: 1, isUnique: false), [4]),
      (.search(pattern: "a", count: nil, isUnique: true), [4]), (.search(pattern: "b", count: nil, isUnique: false), []),
    ] as [(HistoryRequest.Access, [Int])])
  func access(access: HistoryRequest.Access, lines: [Int]) {
    #expect(Self.history.entries(for: access).map(\.line) == lines)
  }

  @Test("the cells of earlier sessions come before, and have numbers of their own")
  func earlier() {
    let earlier = [-2, -1, -1].enumerated().map { HistoryReply.Entry(session: $1, line: $0 + 1, input: "old \($0)", output: nil) }
    func inputs(_ access: HistoryRequest.Access) -> [String] { Self.history.entries(for: access, earlier: earlier).map(\.input) }
    #expect(inputs(.tail(count: 5)) == ["old 2", "let a = 1", "a", "let b = 2", "a"])
    #expect(inputs(.range(session: -1, start: 3, stop: nil)) == ["old 2"])
    #expect(inputs(.range(session: 0, start: 1, stop: 2)) == ["let a = 1"])
    #expect(inputs(.search(pattern: "old*", count: 2, isUnique: false)) == ["old 1", "old 2"])
  }

  @Test("results are there when they are asked for")
  func outputs() {
    let conversation = Conversation()
    _ = conversation.execute("print x")
    _ = conversation.execute("y")
    #expect(
      conversation.ask("history_request", ["output": true])[1]
        == #"shell history_reply {"history":[[0,1,["print x",null]],[0,2,["y","y"]]],"status":"ok"}"#)
  }

  @Test(
    "patterns match whole texts",
    arguments: [
      ("", "", true), ("a", "", false), ("", "*", true), ("abc", "a*c", true), ("abc", "a?c", true), ("abc", "a?", false),
      ("let 😀 = 1", "let ? = *", true), ("aXbXc", "*X*X*", true), ("aXbc", "*X*X*", false), ("a\nb", "a*b", true),
    ])
  func patterns(text: String, pattern: String, isMatch: Bool) {
    #expect(matches(text, pattern: pattern) == isMatch)
  }

  @Test("a hostile pattern costs no more than text times pattern", .timeLimit(.minutes(1)))
  func hostile() {
    let text = String(repeating: "a", count: 2_000)
    #expect(!matches(text, pattern: String(repeating: "*a", count: 1_000) + "b"))
  }
}

@testable import Display
import Testing

@testable import JupyterProtocol

@Suite("Requests are read leniently, replies written in full")
struct ContentTests {
  @Test("an execute request with nothing but code gets the specification's defaults")
  func executeDefaults() throws {
    let request = try ExecuteRequest(content: ["code": "x", "unknown": 1])
    #expect(!request.isSilent)
    #expect(request.storesHistory)
    #expect(request.userExpressions.isEmpty)
    #expect(request.allowsInput)
    #expect(request.stopsOnError)
  }

  @Test("silent overrules store_history")
  func silent() throws {
    #expect(try !ExecuteRequest(content: ["code": "x", "silent": true, "store_history": true]).storesHistory)
  }

  @Test("a field of the wrong kind is named")
  func wrongKind() {
    let error = #expect(throws: MalformedContent.self) { try ExecuteRequest(content: ["code": 1]) }
    #expect(error?.description == "execute_request: «code» is an integer; expected a string")
    let missing = #expect(throws: MalformedContent.self) { try IsCompleteRequest(content: [:]) }
    #expect(missing?.description == "is_complete_request: «code» is missing; expected a string")
  }

  @Test("every reply to execute carries the count")
  func executeReplies() {
    #expect(
      ExecuteReply.ok(executionCount: 3, pages: [MIMEBundle(text: "a")], userExpressions: [:]).content.compactText
        == #"{"execution_count":3,"payload":[{"data":{"text/plain":"a"},"source":"page","start":0}],"status":"ok","user_expressions":{}}"#)
    #expect(
      ExecuteReply.error(executionCount: 3, ErrorOutput(name: "Trap", message: "m", traceback: ["a", "b"])).content.compactText
        == #"{"ename":"Trap","evalue":"m","execution_count":3,"payload":[],"status":"error","traceback":["a","b"],"user_expressions":{}}"#)
    #expect(
      ExecuteReply.aborted(executionCount: 3).content.compactText
        == #"{"execution_count":3,"payload":[],"status":"aborted","user_expressions":{}}"#)
  }

  @Test("outputs: text as strings, bytes in base64, JSON as a value, always text/plain")
  func outputs() {
    let bundle = MIMEBundle(text: "t", html: "<b>", png: [0x89, 0x50, 0x4E, 0x47], json: ["a": [1]])
    #expect(
      DataOutput(bundle, role: .result(executionCount: 2)).content.compactText
        == #"{"data":{"application/json":{"a":[1]},"image/png":"iVBORw==","text/html":"<b>","text/plain":"t"},"execution_count":2,"metadata":{},"transient":{}}"#
    )
    #expect(
      DataOutput(MIMEBundle(text: "t"), role: .update(displayID: "d")).content.compactText
        == #"{"data":{"text/plain":"t"},"metadata":{},"transient":{"display_id":"d"}}"#)
    var bare = MIMEBundle(text: "")
    bare.contents = ["text/html": .text("<i>")]
    #expect(bare.wireData == ["text/html": "<i>", "text/plain": ""])
  }

  /// RFC 4648, section 10.
  @Test(
    "base64 of the published examples",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
  func base64Examples(text: String, expected: String) {
    #expect(base64(bytes(text)) == expected)
  }

  @Test("three ways to ask for history")
  func history() throws {
    #expect(try HistoryRequest(content: ["hist_access_type": "tail", "n": 3]).access == .tail(count: 3))
    #expect(
      try HistoryRequest(content: ["hist_access_type": "range", "session": 0, "start": 1, "stop": .null]).access
        == .range(session: 0, start: 1, stop: nil))
    #expect(
      try HistoryRequest(content: ["hist_access_type": "search", "pattern": "let*", "unique": true]).access
        == .search(pattern: "let*", count: nil, isUnique: true))
    let error = #expect(throws: MalformedContent.self) { try HistoryRequest(content: ["hist_access_type": "all"]) }
    #expect(error?.description == "history_request: «hist_access_type» is «all»; expected «tail», «range» or «search»")
    let entry = HistoryReply.Entry(session: 0, line: 1, input: "a", output: nil)
    #expect(HistoryReply([entry], hasOutput: false).content["history"] == [[0, 1, "a"]])
    #expect(HistoryReply([entry], hasOutput: true).content["history"] == [[0, 1, ["a", .null]]])
  }

  @Test("an error reply has the request's name with «reply»")
  func errorReply() {
    let reply = ErrorReply(to: "execute_request", name: "MalformedRequest", message: "m")
    #expect(reply.messageType == "execute_reply")
    #expect(
      reply.content.compactText == #"{"ename":"MalformedRequest","evalue":"m","status":"error","traceback":["MalformedRequest: m"]}"#)
  }
}

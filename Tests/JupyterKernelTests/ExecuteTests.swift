import Display
import EchoEvaluator
import JupyterProtocol
import Testing

@testable import JupyterKernel

@Suite("Everything that a cell causes is published by one function, in the protocol's order")
struct ExecuteTests {
  @Test("busy, the input, every output, the reply, idle")
  func order() {
    let transcript = Conversation().execute("print a\nerror b\ndisplay c as d\nupdate d e\nclear\nanswer")
    #expect(
      transcript == [
        #"iopub status {"execution_state":"busy"}"#,
        #"iopub execute_input {"code":"print a\nerror b\ndisplay c as d\nupdate d e\nclear\nanswer","execution_count":1}"#,
        #"iopub stream {"name":"stdout","text":"a\n"}"#,
        #"iopub stream {"name":"stderr","text":"b\n"}"#,
        #"iopub display_data {"data":{"text/plain":"c"},"metadata":{},"transient":{"display_id":"d"}}"#,
        #"iopub update_display_data {"data":{"text/plain":"e"},"metadata":{},"transient":{"display_id":"d"}}"#,
        #"iopub clear_output {"wait":true}"#,
        #"iopub execute_result {"data":{"text/plain":"answer"},"execution_count":1,"metadata":{},"transient":{}}"#,
        #"shell execute_reply {"execution_count":1,"payload":[],"status":"ok","user_expressions":{}}"#,
        #"iopub status {"execution_state":"idle"}"#,
      ])
  }

  @Test("messages carry their request as parent, go back to who asked, and are numbered")
  func envelopes() {
    let conversation = Conversation()
    _ = conversation.execute("x")
    for (index, (message, channel)) in conversation.messages.enumerated() {
      #expect(message.header.messageID == "k_\(index + 1)")
      #expect(message.header.session == "k")
      #expect(message.header.date == "now")
      #expect(message.header.version == "5.5")
      #expect(message.parentHeader["username"] == "ada")
      let expected = channel == .shell ? "client" : "kernel.k.\(message.header.messageType)"
      #expect(message.identities == [Array(expected.utf8)])
    }
  }

  @Test("a failing cell gives one error output and the same in the reply")
  func failure() {
    #expect(
      Conversation().execute("fail Trap Index out of range\nprint never") == [
        #"iopub status {"execution_state":"busy"}"#,
        #"iopub execute_input {"code":"fail Trap Index out of range\nprint never","execution_count":1}"#,
        #"iopub error {"ename":"Trap","evalue":"Index out of range","traceback":["\u001b[31mTrap Index out of range\u001b[0m"]}"#,
        #"shell execute_reply {"ename":"Trap","evalue":"Index out of range","execution_count":1,"payload":[],"status":"error","traceback":["\u001b[31mTrap Index out of range\u001b[0m"],"user_expressions":{}}"#,
        #"iopub status {"execution_state":"idle"}"#,
      ])
  }

  @Test("a silent cell shows nothing, does not count and is not remembered, even when it fails")
  func silent() {
    let conversation = Conversation()
    _ = conversation.execute("a")
    #expect(
      conversation.execute("print a\nresult", ["silent": true]) == [
        #"iopub status {"execution_state":"busy"}"#,
        #"shell execute_reply {"execution_count":1,"payload":[],"status":"ok","user_expressions":{}}"#,
        #"iopub status {"execution_state":"idle"}"#,
      ])
    #expect(
      conversation.execute("fail E m", ["silent": true]).map { $0.prefix(24) } == [
        "iopub status {\"execution", "shell execute_reply {\"en", "iopub status {\"execution",
      ])
    #expect(conversation.evaluator.cells == [1, nil, nil])
    #expect(conversation.ask("history_request")[1] == #"shell history_reply {"history":[[0,1,"a"]],"status":"ok"}"#)
  }

  @Test("a cell without store_history shows its outputs and leaves the count as it was")
  func withoutHistory() {
    let conversation = Conversation()
    _ = conversation.execute("a")
    let transcript = conversation.execute("b", ["store_history": false])
    #expect(transcript[1] == #"iopub execute_input {"code":"b","execution_count":1}"#)
    #expect(transcript[3] == #"shell execute_reply {"execution_count":1,"payload":[],"status":"ok","user_expressions":{}}"#)
    #expect(conversation.execute("c")[1] == #"iopub execute_input {"code":"c","execution_count":2}"#)
  }

  @Test("an error aborts the cells that wait, in their order, and no other request")
  func stopOnError() {
    let conversation = Conversation()
    let cells = ["print a", "fail E m", "print b", "print c"]
    for (index, code) in cells.enumerated() {
      conversation.session.enqueue(conversation.request("execute_request", ["code": .string(code)], id: "\(index)"))
    }
    conversation.session.enqueue(conversation.request("is_complete_request", ["code": "x"], id: "4"))
    conversation.session.serveWaiting()
    let replies = conversation.messages.filter { $0.1 == .shell }.map(conversation.line)
    #expect(
      replies.filter { $0.hasPrefix("shell execute_reply") } == [
        #"shell execute_reply (0) {"execution_count":1,"payload":[],"status":"ok","user_expressions":{}}"#,
        #"shell execute_reply (1) {"ename":"E","evalue":"m","execution_count":2,"payload":[],"status":"error","traceback":["\u001b[31mE m\u001b[0m"],"user_expressions":{}}"#,
        #"shell execute_reply (2) {"execution_count":2,"payload":[],"status":"aborted","user_expressions":{}}"#,
        #"shell execute_reply (3) {"execution_count":2,"payload":[],"status":"aborted","user_expressions":{}}"#,
      ])
    // A question does not wait behind cells: its reply may come at any moment, and is not aborted.
    #expect(replies.filter { !$0.hasPrefix("shell execute_reply") } == [#"shell is_complete_reply (4) {"status":"complete"}"#])
    // An aborted cell is still framed by busy and idle, and a cell that comes afterwards runs.
    #expect(
      conversation.messages.filter { $0.0.parentHeader["msg_id"] == "2" }.map { $0.0.header.messageType } == [
        "status", "execute_reply", "status",
      ])
    #expect(conversation.execute("x").count == 5)
  }

  @Test("with stop_on_error false the others run")
  func goOn() {
    let conversation = Conversation()
    for code in ["fail E m", "x"] {
      conversation.session.enqueue(conversation.request("execute_request", ["code": .string(code), "stop_on_error": false]))
    }
    conversation.session.serveWaiting()
    #expect(conversation.messages.filter { $0.1 == .shell }.map { $0.0.content["status"] } == ["error", "ok"])
  }

  @Test("user expressions are answered one by one: a value, an error, no value")
  func userExpressions() {
    let transcript = Conversation().execute("x", ["user_expressions": ["a": "1 + 1", "b": "fail E m", "c": "print hidden"]])
    #expect(transcript[2].hasPrefix("iopub execute_result"))
    #expect(transcript[3] == #"iopub stream {"name":"stdout","text":"hidden\n"}"#)
    #expect(
      transcript[4]
        == #"shell execute_reply {"execution_count":1,"payload":[],"status":"ok","user_expressions":{"a":{"data":{"text/plain":"1 + 1"},"metadata":{},"status":"ok"},"b":{"ename":"E","evalue":"m","status":"error","traceback":["\u001b[31mE m\u001b[0m"]},"c":{"ename":"NoValue","evalue":"the expression has no value","status":"error","traceback":[]}}}"#
    )
  }

  @Test("an output that comes after its cell has ended is dropped, not shown in the next one")
  func late() {
    let conversation = Conversation()
    _ = conversation.execute("late")
    #expect(conversation.execute("print x").filter { $0.contains("late") } == [])
  }

  @Test("a request whose content cannot be used is answered with an error")
  func malformed() {
    #expect(
      Conversation().ask("execute_request", ["code": 3]) == [
        #"iopub status {"execution_state":"busy"}"#,
        #"shell execute_reply {"ename":"MalformedRequest","evalue":"execute_request: «code» is an integer; expected a string","status":"error","traceback":["MalformedRequest: execute_request: «code» is an integer; expected a string"]}"#,
        #"iopub status {"execution_state":"idle"}"#,
      ])
  }
}

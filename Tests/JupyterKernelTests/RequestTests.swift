import Display
import EchoEvaluator
import JupyterProtocol
import Testing

@testable import JupyterKernel

@Suite("Requests other than execute")
struct RequestTests {
  static let busy = #"iopub status {"execution_state":"busy"}"#
  static let idle = #"iopub status {"execution_state":"idle"}"#

  @Test("kernel_info, on shell and on control", arguments: [Channel.shell, .control])
  func kernelInfo(channel: Channel) {
    let reply =
      #"kernel_info_reply {"banner":"hello","help_links":[{"text":"Help","url":"https://example.org"}],"implementation":"echo","implementation_version":"1.0","language_info":{"codemirror_mode":"text","file_extension":".echo","mimetype":"text/x-echo","name":"echo","pygments_lexer":"text","version":"1.0"},"protocol_version":"5.5","status":"ok","supported_features":[]}"#
    #expect(Conversation().ask("kernel_info_request", on: channel) == [Self.busy, "\(channel.rawValue) \(reply)", Self.idle])
  }

  @Test(
    "each request gets the reply of its type",
    arguments: [
      ("is_complete_request", ["code": "a:"], #"shell is_complete_reply {"indent":"  ","status":"incomplete"}"#),
      ("is_complete_request", ["code": "a"], #"shell is_complete_reply {"status":"complete"}"#),
      ("is_complete_request", ["code": "a?"], #"shell is_complete_reply {"status":"invalid"}"#),
      ("is_complete_request", ["code": ""], #"shell is_complete_reply {"status":"unknown"}"#),
      (
        "complete_request", ["code": "é l", "cursor_pos": 3],
        #"shell complete_reply {"cursor_end":3,"cursor_start":2,"matches":["late","lines"],"metadata":{"_jupyter_types_experimental":[{"end":3,"signature":"late …","start":2,"text":"late","type":"keyword"},{"end":3,"signature":"lines …","start":2,"text":"lines","type":"keyword"}]},"status":"ok"}"#
      ),
      (
        "inspect_request", ["code": "wait", "cursor_pos": 2],
        #"shell inspect_reply {"data":{"text/markdown":"**wait**","text/plain":"wait: a command"},"found":true,"metadata":{},"status":"ok"}"#
      ),
      (
        "inspect_request", ["code": "wait", "cursor_pos": 2, "detail_level": 1],
        #"shell inspect_reply {"data":{"text/markdown":"**wait**","text/plain":"wait: a command, in detail"},"found":true,"metadata":{},"status":"ok"}"#
      ),
      (
        "inspect_request", ["code": "nothing", "cursor_pos": 0],
        #"shell inspect_reply {"data":{},"found":false,"metadata":{},"status":"ok"}"#
      ),
      ("comm_info_request", [:], #"shell comm_info_reply {"comms":{},"status":"ok"}"#),
      ("comm_open", ["comm_id": "c", "target_name": "t"], #"iopub comm_close {"comm_id":"c","data":{}}"#),
    ] as [(String, JSON, String)])
  func replies(type: String, content: JSON, reply: String) {
    #expect(Conversation().ask(type, content) == [Self.busy, reply, Self.idle])
  }

  @Test(
    "what is not known, or not asked on this channel, is busy, idle, and no reply",
    arguments: [
      ("complete_everything_request", .shell), ("execute_reply", .shell), ("comm_msg", .shell), ("comm_close", .shell),
      ("comm_open", .shell),
      ("execute_request", .control), ("debug_request", .shell), ("create_subshell_request", .shell), ("interrupt_request", .shell),
    ] as [(String, Channel)])
  func unknown(type: String, channel: Channel) {
    #expect(Conversation().ask(type, on: channel) == [Self.busy, Self.idle])
  }

  @Test(
    "features that the kernel does not have are refused in a sentence",
    arguments: ["create_subshell", "delete_subshell", "list_subshell", "debug"])
  func refusals(name: String) {
    let lines = Conversation().ask(name + "_request", on: .control)
    #expect(lines.count == 3)
    #expect(lines[1].hasPrefix(#"control \#(name)_reply {"ename":"NotSupported""#))
  }

  @Test("starting is published once, without a parent; a subscriber is welcomed on the topic that it asked for")
  func greetings() {
    let conversation = Conversation()
    conversation.session.announce()
    #expect(conversation.messages.map(conversation.line) == [#"iopub status (-) {"execution_state":"starting"}"#])
    let welcome = conversation.session.welcome(subscription: Array("topic".utf8))
    #expect(conversation.line(welcome, .iopub) == #"iopub iopub_welcome (-) {"subscription":"topic"}"#)
    #expect(welcome.identities == [Array("topic".utf8)])
  }

  @Test("shutdown answers, echoes the restart flag, ends the evaluator's processes, and then ends the kernel", arguments: [true, false])
  func shutdown(isRestart: Bool) {
    let conversation = Conversation()
    #expect(
      conversation.ask("shutdown_request", ["restart": .bool(isRestart)], on: .control) == [
        Self.busy, #"control shutdown_reply {"restart":\#(isRestart),"status":"ok"}"#, Self.idle,
      ])
    #expect(conversation.evaluator.isShutDown)
    #expect(conversation.didShutDown)
  }

  @Test("control answers while a cell runs; an interrupt ends it")
  func interrupt() async throws {
    let conversation = Conversation()
    let session = conversation.session
    session.enqueue(conversation.request("execute_request", ["code": "wait"], id: "cell"))
    await withCheckedContinuation { continuation in
      startThread {
        session.serveWaiting()
        continuation.resume()
      }
      startThread {
        conversation.evaluator.awaitWaitingCell()
        session.serve(conversation.request("kernel_info_request", id: "info"), on: .control)
        session.serve(conversation.request("interrupt_request", id: "stop"), on: .control)
      }
    }
    let lines = conversation.messages.map(conversation.line)
    let infoReply = try #require(lines.firstIndex { $0.hasPrefix("control kernel_info_reply (info)") })
    let cellReply = try #require(
      lines.firstIndex {
        $0.hasPrefix(#"shell execute_reply (cell) {"ename":"Interrupted","evalue":"the cell was interrupted","execution_count":1"#)
      })
    #expect(infoReply < cellReply)
    #expect(lines.contains(#"control interrupt_reply (stop) {"status":"ok"}"#))
  }
}

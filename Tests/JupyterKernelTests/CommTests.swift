import Display
import JupyterKernel
import JupyterProtocol
import Testing

@Suite("Comms")
struct CommTests {
  @Test("A comm that the front end opens is listed, used and closed; every message is busy, effects, idle")
  func fromFrontEnd() {
    let conversation = Conversation()
    let busy = #"iopub status {"execution_state":"busy"}"#
    let idle = #"iopub status {"execution_state":"idle"}"#
    #expect(conversation.ask("comm_open", ["comm_id": "c", "target_name": "echo", "data": [:]]) == [busy, idle])
    #expect(
      conversation.ask("comm_info_request")[1] == #"shell comm_info_reply {"comms":{"c":{"target_name":"echo"}},"status":"ok"}"#)
    #expect(
      conversation.ask("comm_info_request", ["target_name": "other"])[1] == #"shell comm_info_reply {"comms":{},"status":"ok"}"#)
    #expect(
      conversation.ask("comm_msg", ["comm_id": "c", "data": [1, 2]])
        == [busy, #"iopub stream {"name":"stdout","text":"[1,2]\n"}"#, #"iopub comm_msg {"comm_id":"c","data":[1,2]}"#, idle])
    #expect(
      conversation.ask("comm_msg", ["comm_id": "c", "data": "fail"])
        == [busy, #"iopub error {"ename":"Failed","evalue":"r","traceback":["Failed"]}"#, idle])
    #expect(conversation.ask("comm_close", ["comm_id": "c"]) == [busy, #"iopub stream {"name":"stdout","text":"closed\n"}"#, idle])
    #expect(conversation.ask("comm_info_request")[1] == #"shell comm_info_reply {"comms":{},"status":"ok"}"#)
    #expect(conversation.ask("comm_msg", ["comm_id": "c", "data": 1]) == [busy, idle], "a comm that is closed has no messages")
  }

  @Test("A comm that a cell opens is listed, and carries metadata and buffers both ways")
  func fromCell() throws {
    let conversation = Conversation()
    let lines = conversation.execute("comm hello")
    #expect(lines.contains(#"iopub comm_open {"comm_id":"from-cell","data":{"text":"hello"},"target_name":"front"}"#))
    #expect(conversation.messages.contains { $0.0.metadata == ["version": "1"] })
    #expect(conversation.ask("comm_info_request")[1].contains("from-cell"))
    var message = conversation.request("comm_msg", ["comm_id": "from-cell", "data": [:]])
    message.buffers = [[1, 2], []]
    conversation.session.serve(message, on: .shell)
    let back = try #require(conversation.messages.last { $0.0.header.messageType == "comm_msg" }?.0)
    #expect(back.buffers == [[1, 2], []])
  }
}

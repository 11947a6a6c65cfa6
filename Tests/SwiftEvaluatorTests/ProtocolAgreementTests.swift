import CWorkerProtocol
import Testing

@testable import CellSupport

@Test("The kinds of frames that cells send are those of the protocol")
func kindsAgree() {
  #expect(FrameKind.result.rawValue == UInt8(beamline_event_result.rawValue))
  #expect(FrameKind.display.rawValue == UInt8(beamline_event_display.rawValue))
  #expect(FrameKind.update.rawValue == UInt8(beamline_event_update.rawValue))
  #expect(FrameKind.clear.rawValue == UInt8(beamline_event_clear.rawValue))
  #expect(FrameKind.page.rawValue == UInt8(beamline_event_page.rawValue))
  #expect(FrameKind.comm.rawValue == UInt8(beamline_event_comm.rawValue))
  #expect(CommKind.open.rawValue == UInt8(beamline_comm_open.rawValue))
  #expect(CommKind.message.rawValue == UInt8(beamline_comm_message.rawValue))
  #expect(CommKind.close.rawValue == UInt8(beamline_comm_close.rawValue))
  #expect(ContentKind.text.rawValue == UInt8(beamline_content_text.rawValue))
  #expect(ContentKind.bytes.rawValue == UInt8(beamline_content_bytes.rawValue))
  #expect(ContentKind.json.rawValue == UInt8(beamline_content_json.rawValue))
}

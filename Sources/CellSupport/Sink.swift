internal import CWorkerProtocol
import Display

/// Sends what a cell shows to the kernel, on the pipe of events.
struct WorkerSink: DisplaySink {
  func show(_ bundle: MIMEBundle, identifier: String?) {
    var payload = Payload()
    payload.put(identifier ?? "")
    payload.put(bundle)
    payload.send(UInt8(beamline_event_display.rawValue))
  }

  func update(_ bundle: MIMEBundle, identifier: String) {
    var payload = Payload()
    payload.put(identifier)
    payload.put(bundle)
    payload.send(UInt8(beamline_event_update.rawValue))
  }

  func clear(wait: Bool) {
    var payload = Payload()
    payload.put(byte: wait ? 1 : 0)
    payload.send(UInt8(beamline_event_clear.rawValue))
  }

  func result(_ bundle: MIMEBundle) {
    var payload = Payload()
    payload.put(bundle)
    payload.send(UInt8(beamline_event_result.rawValue))
  }
}

/// The fields of a frame, as `CWorkerProtocol.h` describes them.
private struct Payload {
  private var bytes: [UInt8] = []

  mutating func put(byte: UInt8) { bytes.append(byte) }

  mutating func put(_ number: UInt32) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func put(_ content: [UInt8]) {
    put(UInt32(content.count))
    bytes.append(contentsOf: content)
  }

  mutating func put(_ text: String) { put(Array(text.utf8)) }

  mutating func put(_ bundle: MIMEBundle) {
    put(UInt32(bundle.contents.count))
    for (type, content) in bundle.contents.sorted(by: { $0.key < $1.key }) {
      put(type)
      switch content {
      case .text(let text):
        put(byte: UInt8(beamline_content_text.rawValue))
        put(text)
      case .bytes(let bytes):
        put(byte: UInt8(beamline_content_bytes.rawValue))
        put(bytes)
      case .json(let json):
        put(byte: UInt8(beamline_content_json.rawValue))
        put(json.compactText)
      }
    }
    put(JSON.object(JSON.Object(bundle.metadata)).compactText)
  }

  func send(_ kind: UInt8) {
    bytes.withUnsafeBytes { Runtime.shared.emit(kind, $0.baseAddress, $0.count) }
  }
}

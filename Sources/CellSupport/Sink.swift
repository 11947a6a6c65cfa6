import Display

/// The kinds of `CWorkerProtocol.h`. They are written out again because every cell loads this module, and would have to load the C
/// module with it; a test compares the two.
enum FrameKind: UInt8 { case result = 0x76, display = 0x64, update = 0x75, clear = 0x63, page = 0x70, comm = 0x6d }
enum ContentKind: UInt8 { case text = 0x74, bytes = 0x62, json = 0x6a }
enum CommKind: UInt8 { case open = 0x6f, message = 0x6d, close = 0x63 }

/// Sends what a cell shows to the kernel, on the pipe of events.
struct WorkerSink: DisplaySink {
  func show(_ bundle: MIMEBundle, identifier: String?) {
    var payload = Payload()
    payload.put(identifier ?? "")
    payload.put(bundle)
    payload.send(.display)
  }

  func update(_ bundle: MIMEBundle, identifier: String) {
    var payload = Payload()
    payload.put(identifier)
    payload.put(bundle)
    payload.send(.update)
  }

  func clear(wait: Bool) {
    var payload = Payload()
    payload.put(byte: wait ? 1 : 0)
    payload.send(.clear)
  }

  func send(_ message: CommMessage) {
    var payload = Payload()
    var target = ""
    switch message.kind {
    case .open(let name):
      payload.put(byte: CommKind.open.rawValue)
      target = name
    case .message: payload.put(byte: CommKind.message.rawValue)
    case .close: payload.put(byte: CommKind.close.rawValue)
    }
    for text in [message.identifier, target, message.data.compactText, message.metadata.compactText] { payload.put(text) }
    payload.put(UInt32(message.buffers.count))
    for buffer in message.buffers { payload.put(buffer) }
    payload.send(.comm)
  }

  func page(_ bundle: MIMEBundle) {
    var payload = Payload()
    payload.put(bundle)
    payload.send(.page)
  }

  func result(_ bundle: MIMEBundle) {
    var payload = Payload()
    payload.put(bundle)
    payload.send(.result)
  }
}

/// The fields of a frame, as `CWorkerProtocol.h` describes them.
private struct Payload {
  private var bytes: [UInt8] = []

  mutating func put(byte: UInt8) { bytes.append(byte) }

  private mutating func put(_ kind: ContentKind) { put(byte: kind.rawValue) }

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
        put(.text)
        put(text)
      case .bytes(let bytes):
        put(.bytes)
        put(bytes)
      case .json(let json):
        put(.json)
        put(json.compactText)
      }
    }
    put(JSON.object(JSON.Object(bundle.metadata)).compactText)
  }

  func send(_ kind: FrameKind) {
    bytes.withUnsafeBytes { Runtime.shared.emit(kind.rawValue, $0.baseAddress, $0.count) }
  }
}

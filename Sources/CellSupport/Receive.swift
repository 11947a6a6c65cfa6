import Display

/// Called by the worker, on the thread of cells, with a message of a comm: the fields of `beamline_command_comm`.
@_cdecl("beamline_receive_comm")
public func _receiveComm(_ bytes: UnsafeRawPointer?, _ count: Int) {
  // The handling of the last one was jumped out of.
  if count == 0 { return Comm.begin(request: nil) }
  var reader = MessageReader(bytes: UnsafeRawBufferPointer(start: bytes, count: count))
  let request = reader.string()
  let kind = CommKind(rawValue: reader.byte())
  let identifier = reader.string()
  let target = reader.string()
  let data = (try? JSON(parsing: reader.content())) ?? [:]
  let metadata = (try? JSON(parsing: reader.content())) ?? [:]
  let buffers = (0..<reader.number()).map { _ in reader.content() }
  let message: CommMessage.Kind? =
    switch kind {
    case .open: .open(target: target)
    case .message: .message
    case .close: .close
    case nil: nil
    }
  guard let message else { return }
  Comm.begin(request: request)
  do {
    try Comm.receive(CommMessage(message, identifier, data: data, metadata: metadata, buffers: buffers))
  } catch {
    Comm.begin(request: nil)
    // As an error that a cell does not catch: it does not return.
    Runtime.shared.endWithError("\(type(of: error))", "\(error)")
  }
  Comm.begin(request: nil)
}

private struct MessageReader {
  let bytes: UnsafeRawBufferPointer
  var position = 0

  mutating func byte() -> UInt8 {
    defer { position += 1 }
    return position < bytes.count ? bytes[position] : 0
  }

  mutating func number() -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(byte()) << (8 * $1) } }

  mutating func content() -> [UInt8] {
    let start = min(position + 4, bytes.count)
    let end = min(start + Int(number()), bytes.count)
    position = end
    return Array(bytes[start..<end])
  }

  mutating func string() -> String { String(decoding: content(), as: UTF8.self) }
}

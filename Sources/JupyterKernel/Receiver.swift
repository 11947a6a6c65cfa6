import JupyterProtocol

/// A message that came a second time.
struct ReplayedMessage: Error, CustomStringConvertible {
  var description: String { "its signature was seen before" }
}

/// Turns frames into messages, each only once.
struct Receiver: Sendable {
  private let signer: Signer
  private var history = SignatureHistory()

  init(signer: Signer) { self.signer = signer }

  /// - Throws: ``FrameError`` or ``ReplayedMessage``.
  mutating func message(from frames: [[UInt8]]) throws -> Message {
    let message = try Message(frames: frames, signer: signer)
    // After the check: a stranger cannot fill the history with signatures of his own.
    if signer.isSigning, let delimiter = frames.firstIndex(of: Message.delimiter), !history.insert(frames[delimiter + 1]) {
      throw ReplayedMessage()
    }
    return message
  }
}

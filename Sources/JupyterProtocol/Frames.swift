import Display

/// Why frames that came from a socket are no message. The message is dropped: nobody who sent it can be answered safely.
public enum FrameError: Error, Sendable, Equatable, CustomStringConvertible {
  case noDelimiter
  case tooFewFrames(count: Int)
  case badSignature
  case notJSON(frame: String, JSON.ParsingError)
  case notAnObject(frame: String, kind: String)
  case noMessageType

  public var description: String {
    switch self {
    case .noDelimiter: "no frame is «<IDS|MSG>»"
    case .tooFewFrames(let count):
      "\(count) frames after «<IDS|MSG>»; expected at least 5: signature, header, parent header, metadata, content"
    case .badSignature: "the signature is not that of the frames"
    case .notJSON(let frame, let error): "the \(frame) is not JSON: \(error)"
    case .notAnObject(let frame, let kind): "the \(frame) is \(kind); expected an object"
    case .noMessageType: "the header has no «msg_type»"
    }
  }
}

extension Message {
  /// Between the routing prefix and the message.
  public static let delimiter = Array("<IDS|MSG>".utf8)

  /// The frames of one multipart message: `[identities…, <IDS|MSG>, signature, header, parent header, metadata, content, buffers…]`.
  public func frames(signedBy signer: Signer) -> [[UInt8]] {
    let signed = [header.json.compactBytes, parentHeader.compactBytes, metadata.compactBytes, content.compactBytes]
    return identities + [Self.delimiter, signer.signature(of: signed)] + signed + buffers
  }

  /// Reads the frames of one multipart message, the signature first: nothing of an unsigned message is parsed.
  ///
  /// - Throws: ``FrameError``.
  public init(frames: [[UInt8]], signer: Signer) throws {
    guard let delimiter = frames.firstIndex(of: Self.delimiter) else { throw FrameError.noDelimiter }
    let rest = frames[(delimiter + 1)...]
    guard rest.count >= 5 else { throw FrameError.tooFewFrames(count: rest.count) }
    let first = rest.startIndex
    let signed = rest[(first + 1)...(first + 4)]
    guard signer.accepts(rest[first], of: signed) else { throw FrameError.badSignature }

    let headerJSON = try Self.object(in: frames[first + 1], name: "header")
    guard let header = MessageHeader(headerJSON) else { throw FrameError.noMessageType }
    self.init(
      identities: Array(frames[..<delimiter]),
      header: header,
      parentHeader: try Self.object(in: frames[first + 2], name: "parent header"),
      metadata: try Self.object(in: frames[first + 3], name: "metadata"),
      content: try Self.object(in: frames[first + 4], name: "content"),
      buffers: Array(frames[(first + 5)...]))
    receivedHeader = headerJSON
  }

  private static func object(in frame: [UInt8], name: String) throws -> JSON {
    do {
      let value = try JSON(parsing: frame)
      // Some front ends send null for «none».
      if value.isNull, name != "header" { return [:] }
      guard case .object = value else { throw FrameError.notAnObject(frame: name, kind: value.kind) }
      return value
    } catch let error as JSON.ParsingError {
      throw FrameError.notJSON(frame: name, error)
    }
  }
}

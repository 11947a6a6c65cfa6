import Display
import Testing

@testable import JupyterProtocol

/// A header like the one that a front end sends, and one field that the specification does not know.
let clientHeader =
  #"{"msg_id":"m1","session":"s1","username":"ada","date":"2025-01-01T00:00:00Z","msg_type":"execute_request","version":"5.3","subshell_id":null}"#

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// The frames of a request, signed as a front end would.
func requestFrames(
  identities: [String] = ["client"], header: String = clientHeader, parent: String = "{}", metadata: String = "{}",
  content: String = #"{"code":"1 + 1"}"#, buffers: [[UInt8]] = [], signer: Signer
) -> [[UInt8]] {
  let signed = [header, parent, metadata, content].map(bytes)
  return identities.map(bytes) + [bytes("<IDS|MSG>"), signer.signature(of: signed)] + signed + buffers
}

@Suite("Frames become messages, and messages frames")
struct FrameTests {
  let signer = Signer(key: "a secret")

  @Test("a request is read with its identities, its buffers and the whole of its header")
  func reading() throws {
    let frames = requestFrames(identities: ["router", "client"], buffers: [[1, 2], []], signer: signer)
    let message = try Message(frames: frames, signer: signer)
    #expect(message.identities == [bytes("router"), bytes("client")])
    #expect(message.header.messageType == "execute_request")
    #expect(message.header.messageID == "m1")
    #expect(message.content == ["code": "1 + 1"])
    #expect(message.buffers == [[1, 2], []])
    #expect(message.headerAsParent["subshell_id"] == .null)
    #expect(message.headerAsParent["session"] == "s1")
  }

  @Test("a message is written as the eight frames of the specification")
  func writing() {
    let header = MessageHeader(
      messageID: "k_1", session: "k", username: "kernel", date: "2025-01-01T00:00:00.000000Z", messageType: "status", version: "5.5")
    let message = Message(identities: [bytes("topic")], header: header, content: Status(.busy).content, buffers: [[7]])
    let frames = message.frames(signedBy: Signer(key: ""))
    #expect(
      frames.map { String(decoding: $0, as: UTF8.self) } == [
        "topic", "<IDS|MSG>", "",
        #"{"date":"2025-01-01T00:00:00.000000Z","msg_id":"k_1","msg_type":"status","session":"k","username":"kernel","version":"5.5"}"#,
        "{}", "{}", #"{"execution_state":"busy"}"#, "\u{7}",
      ])
  }

  @Test("what is written with a key is read with the same key, and with no other")
  func roundTrip() throws {
    let header = MessageHeader(messageID: "1", session: "s", username: "u", date: "d", messageType: "t", version: "5.5")
    let message = Message(identities: [[0, 255]], header: header, parentHeader: ["a": 1], content: ["é": "😀"])
    let read = try Message(frames: message.frames(signedBy: signer), signer: signer)
    #expect(read.header == message.header)
    #expect(read.parentHeader == message.parentHeader)
    #expect(read.content == message.content)
    #expect(throws: FrameError.badSignature) { try Message(frames: message.frames(signedBy: signer), signer: Signer(key: "another")) }
  }

  @Test("frames that are no message are refused with a sentence")
  func refusals() {
    func sentence(_ frames: [[UInt8]]) -> String? {
      do {
        _ = try Message(frames: frames, signer: signer)
        return nil
      } catch { return "\(error)" }
    }
    #expect(sentence([]) == "no frame is «<IDS|MSG>»")
    #expect(
      sentence([bytes("<IDS|MSG>"), [], []])
        == "2 frames after «<IDS|MSG>»; expected at least 5: signature, header, parent header, metadata, content")
    var forged = requestFrames(signer: signer)
    forged[forged.count - 1].append(32)
    #expect(sentence(forged) == "the signature is not that of the frames")
    #expect(
      sentence(requestFrames(content: "{", signer: signer))
        == "the content is not JSON: line 1, column 2 (byte 1): expected a key in double quotes, found the end of the text")
    #expect(sentence(requestFrames(metadata: "[]", signer: signer)) == "the metadata is an array; expected an object")
    #expect(sentence(requestFrames(header: "null", signer: signer)) == "the header is null; expected an object")
    #expect(sentence(requestFrames(header: #"{"msg_type": 3}"#, signer: signer)) == "the header has no «msg_type»")
  }

  @Test("null for an absent parent, metadata or content counts as none")
  func nullFrames() throws {
    let message = try Message(frames: requestFrames(parent: "null", metadata: "null", content: "null", signer: signer), signer: signer)
    #expect(message.parentHeader == [:])
    #expect(message.content == [:])
  }

  @Test("no damage to the frames traps, and none gets through the signature", arguments: 0..<300)
  func damage(seed: Int) {
    var random = SeededGenerator(seed: seed)
    let original = requestFrames(buffers: [[1]], signer: signer)
    var frames = original
    for _ in 0..<Int.random(in: 1...3, using: &random) where !frames.isEmpty {
      let place = Int.random(in: 0..<frames.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: frames.remove(at: place)
      case 1: frames.insert((0..<Int.random(in: 0..<20, using: &random)).map { _ in .random(in: 0...255, using: &random) }, at: place)
      case 2: frames.swapAt(place, Int.random(in: 0..<frames.count, using: &random))
      case 3: frames[place].append(.random(in: 0...255, using: &random))
      default: frames[place] = Array(frames[place].dropLast())
      }
    }
    // What the signature does not cover, the routing and the buffers, may differ; the message may not.
    if let message = try? Message(frames: frames, signer: signer) {
      #expect(message.header.messageID == "m1")
      #expect(message.content == ["code": "1 + 1"])
    }
    // Without a key only the form is checked; nothing may trap.
    _ = try? Message(frames: frames, signer: Signer(key: ""))
  }
}

/// SplitMix64 (Steele, Lea and Flood 2014): a failing seed can be run again.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: Int) { state = UInt64(bitPattern: Int64(seed)) }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

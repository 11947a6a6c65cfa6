import Display
import JupyterProtocol
import Testing

@testable import JupyterKernel

@Suite("What comes from the sockets")
struct ReceiverTests {
  static func frames(_ id: String, signer: Signer) -> [[UInt8]] {
    let header = MessageHeader(messageID: id, session: "s", username: "u", date: "d", messageType: "kernel_info_request", version: "5.3")
    return Message(identities: [[1]], header: header, content: [:]).frames(signedBy: signer)
  }

  @Test("a message is accepted once; another one from the same client still is")
  func replay() throws {
    let signer = Signer(key: "k")
    var receiver = Receiver(signer: signer)
    let first = Self.frames("1", signer: signer)
    #expect(try receiver.message(from: first).header.messageID == "1")
    #expect(throws: ReplayedMessage.self) { try receiver.message(from: first) }
    #expect(try receiver.message(from: Self.frames("2", signer: signer)).header.messageID == "2")
  }

  @Test("a forged message does not use up the signature that it bears")
  func forgery() throws {
    let signer = Signer(key: "k")
    var receiver = Receiver(signer: signer)
    let genuine = Self.frames("1", signer: signer)
    var forged = genuine
    forged[forged.count - 1] = Array("[]".utf8)
    #expect(throws: FrameError.badSignature) { try receiver.message(from: forged) }
    #expect(try receiver.message(from: genuine).header.messageID == "1")
  }

  @Test("without a key the same frames may come again")
  func unsigned() throws {
    var receiver = Receiver(signer: Signer(key: ""))
    let frames = Self.frames("1", signer: Signer(key: ""))
    _ = try receiver.message(from: frames)
    #expect(try receiver.message(from: frames).header.messageID == "1")
  }

  @Test(
    "dates, against the calendar",
    arguments: [
      (0, "1970-01-01T00:00:00.000007Z"), (951_782_400, "2000-02-29T00:00:00.000007Z"), (951_868_799, "2000-02-29T23:59:59.000007Z"),
      (1_740_787_200, "2025-03-01T00:00:00.000007Z"), (4_107_542_399, "2100-02-28T23:59:59.000007Z"),
      (4_107_542_400, "2100-03-01T00:00:00.000007Z"), (1_735_689_599, "2024-12-31T23:59:59.000007Z"),
    ])
  func dates(seconds: Int, text: String) {
    #expect(timestamp(seconds: seconds, microseconds: 7) == text)
  }
}

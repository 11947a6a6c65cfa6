import Testing

@testable import JupyterProtocol

@Suite("Signatures are HMAC-SHA-256 over the frames as they are sent")
struct SignatureTests {
  /// RFC 4231, test case 2.
  @Test("the published value, however the text is divided into frames")
  func published() {
    let expected = bytes("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    let signer = Signer(key: "Jefe")
    #expect(signer.signature(of: [bytes("what do ya want for nothing?")]) == expected)
    let frames = ["what do ya ", "want ", "", "for nothing?"].map(bytes)
    #expect(signer.signature(of: frames) == expected)
    #expect(signer.accepts(expected, of: frames))
  }

  @Test("one changed byte, a shorter and an empty signature are refused")
  func refused() {
    let signer = Signer(key: "Jefe")
    var signature = signer.signature(of: [bytes("x")])
    #expect(!signer.accepts(Array(signature.dropLast()), of: [bytes("x")]))
    #expect(!signer.accepts([], of: [bytes("x")]))
    signature[63] ^= 1
    #expect(!signer.accepts(signature, of: [bytes("x")]))
  }

  @Test("an empty key signs nothing and accepts everything")
  func unsigned() {
    let signer = Signer(key: "")
    #expect(signer.signature(of: [bytes("x")]) == [])
    #expect(signer.accepts(bytes("anything"), of: [bytes("x")]))
  }

  @Test("a signature is new once; the oldest are forgotten first")
  func replays() {
    var history = SignatureHistory(capacity: 3)
    let insertions = ["a", "b", "a", "c", "d", "b", "a", "", ""].map { history.insert(bytes($0)) }
    // «d» pushes «a» out; «b» is still there; «a», then, is new again.
    #expect(insertions == [true, true, false, true, true, false, true, true, true])
  }
}

import Display
import Testing

@testable import JupyterProtocol

@Suite("A connection file says where to listen")
struct ConnectionFileTests {
  static func file(_ changes: JSON.Object = [:]) -> [UInt8] {
    var fields: JSON.Object = [
      "transport": "tcp", "ip": "127.0.0.1", "shell_port": 5001, "iopub_port": 5002, "stdin_port": 5003, "control_port": 5004,
      "hb_port": 5005, "key": "k", "signature_scheme": "hmac-sha256", "kernel_name": "beamline",
    ]
    for (name, value) in changes { fields[name] = value }
    return JSON.object(fields).compactBytes
  }

  @Test("every field of an ordinary one")
  func ordinary() throws {
    let file = try ConnectionFile(parsing: Self.file())
    #expect(file.key == "k")
    #expect(file.curve == nil)
    #expect(
      Channel.allCases.map(file.endpoint) == [
        "tcp://127.0.0.1:5001", "tcp://127.0.0.1:5004", "tcp://127.0.0.1:5003", "tcp://127.0.0.1:5002", "tcp://127.0.0.1:5005",
      ])
  }

  @Test("ipc joins the path and a number; an address of IPv6 gets its brackets")
  func otherTransports() throws {
    let local = try ConnectionFile(parsing: Self.file(["transport": "ipc", "ip": "/run/k", "shell_port": 1]))
    #expect(local.endpoint(of: .shell) == "ipc:///run/k-1")
    #expect(try ConnectionFile(parsing: Self.file(["ip": "::1"])).endpoint(of: .shell) == "tcp://[::1]:5001")
  }

  @Test("CurveZMQ keys come as a pair")
  func curve() throws {
    let key = String(repeating: "a", count: 40)
    let file = try ConnectionFile(parsing: Self.file(["curve_publickey": .string(key), "curve_secretkey": .string(key)]))
    #expect(file.curve == .init(publicKey: key, secretKey: key))
  }

  @Test(
    "what cannot be used is refused with the field, its value and what is allowed",
    arguments: [
      (["shell_port": .null], "connection file: «shell_port» is missing; expected an integer"),
      (["shell_port": "5001"], "connection file: «shell_port» is a string; expected an integer"),
      (["hb_port": 0], "connection file: «hb_port» is 0; a port is between 1 and 65535"),
      (["hb_port": 65_536], "connection file: «hb_port» is 65536; a port is between 1 and 65535"),
      (["transport": "udp"], "connection file: «transport» is «udp»; only «tcp» and «ipc» are supported"),
      (["signature_scheme": "hmac-md5"], "connection file: «signature_scheme» is «hmac-md5»; only «hmac-sha256» is supported"),
      (["curve_secretkey": "x"], "connection file: «curve_publickey» has 0 characters; a CurveZMQ key in Z85 has 40"),
    ] as [(JSON.Object, String)])
  func refusals(changes: JSON.Object, sentence: String) {
    let error = #expect(throws: MalformedContent.self) { try ConnectionFile(parsing: Self.file(changes)) }
    #expect(error?.description == sentence)
  }
}

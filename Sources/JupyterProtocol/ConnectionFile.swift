import Display

/// The five sockets between a front end and a kernel.
public enum Channel: String, Sendable, CaseIterable {
  case shell, control, stdin, iopub, heartbeat = "hb"
}

/// Where a kernel listens and with which key it signs, as the front end wrote it into a file.
///
/// ```json
/// {"transport": "tcp", "ip": "127.0.0.1", "shell_port": 5001, "iopub_port": 5002, "stdin_port": 5003, "control_port": 5004,
///  "hb_port": 5005, "key": "…", "signature_scheme": "hmac-sha256", "kernel_name": "beamline"}
/// ```
/// Source: Jupyter Client, «Making kernels for Jupyter», «Connection files».
public struct ConnectionFile: Sendable, Equatable {
  public enum Transport: String, Sendable { case tcp, ipc }

  /// The server's pair of CurveZMQ keys, each 40 characters of Z85 (ZeroMQ RFC 32).
  public struct CurveKeys: Sendable, Equatable {
    public var publicKey: String
    public var secretKey: String

    public init(publicKey: String, secretKey: String) {
      self.publicKey = publicKey
      self.secretKey = secretKey
    }
  }

  public var transport: Transport
  /// The address to bind, and nothing else: an IP address for `tcp`, the beginning of a path for `ipc`.
  public var address: String
  public var shellPort: Int
  public var controlPort: Int
  public var stdinPort: Int
  public var iopubPort: Int
  public var heartbeatPort: Int
  /// The key of the signatures; empty for none.
  public var key: String
  public var curve: CurveKeys?

  public func port(of channel: Channel) -> Int {
    switch channel {
    case .shell: shellPort
    case .control: controlPort
    case .stdin: stdinPort
    case .iopub: iopubPort
    case .heartbeat: heartbeatPort
    }
  }

  /// The address of a socket, as ZeroMQ writes it: `tcp://127.0.0.1:5001`, `ipc:///run/kernel-1`.
  public func endpoint(of channel: Channel) -> String {
    let port = port(of: channel)
    switch transport {
    case .tcp: return address.contains(":") && !address.hasPrefix("[") ? "tcp://[\(address)]:\(port)" : "tcp://\(address):\(port)"
    case .ipc: return "ipc://\(address)-\(port)"
    }
  }
}

extension ConnectionFile {
  /// Reads a connection file's text. Fields that are not known are ignored.
  ///
  /// - Throws: ``JSON/ParsingError``, or ``MalformedContent`` with the field, what it holds and what is allowed.
  public init(parsing bytes: [UInt8]) throws {
    let fields = FieldReader(of: "connection file", try JSON(parsing: bytes))
    let scheme = try fields.string("signature_scheme", default: "hmac-sha256")
    guard scheme == "hmac-sha256" else {
      throw MalformedContent("connection file: «signature_scheme» is «\(scheme)»; only «hmac-sha256» is supported")
    }
    let transportName = try fields.string("transport", default: "tcp")
    guard let transport = Transport(rawValue: transportName) else {
      throw MalformedContent("connection file: «transport» is «\(transportName)»; only «tcp» and «ipc» are supported")
    }
    func port(_ name: String) throws -> Int {
      let port = try fields.integer(name)
      // Port numbers of `ipc` are only parts of file names.
      let allowed = transport == .tcp ? 1...65_535 : 0...Int.max
      guard allowed.contains(port) else {
        throw MalformedContent("connection file: «\(name)» is \(port); a port is between 1 and 65535")
      }
      return port
    }
    self.transport = transport
    address = try fields.string("ip", default: transport == .tcp ? "127.0.0.1" : "kernel-ipc")
    shellPort = try port("shell_port")
    controlPort = try port("control_port")
    stdinPort = try port("stdin_port")
    iopubPort = try port("iopub_port")
    heartbeatPort = try port("hb_port")
    key = try fields.string("key", default: "")
    curve = try Self.curveKeys(in: fields)
  }

  private static func curveKeys(in fields: FieldReader) throws -> CurveKeys? {
    let publicKey = try fields.string("curve_publickey", default: "")
    let secretKey = try fields.string("curve_secretkey", default: "")
    if publicKey.isEmpty && secretKey.isEmpty { return nil }
    for (name, key) in [("curve_publickey", publicKey), ("curve_secretkey", secretKey)] where key.utf8.count != 40 {
      // A secret key is never repeated in a message.
      throw MalformedContent("connection file: «\(name)» has \(key.utf8.count) characters; a CurveZMQ key in Z85 has 40")
    }
    return CurveKeys(publicKey: publicKey, secretKey: secretKey)
  }
}

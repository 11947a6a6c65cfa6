import Glibc
import JupyterProtocol

/// Sockets on which the process listened before this program began in it, opened by `beamline-kernel`.
///
/// `BEAMLINE_LISTENING=shell:16,control:17,stdin:18,iopub:19,hb:20` names their descriptors.
public struct ListeningSockets: Sendable {
  private var descriptors: [Channel: CInt] = [:]

  /// None: every address is bound as usual.
  public init() {}

  /// Takes over what the environment names. Children inherit neither the sockets nor the variable.
  public static func inherited() -> ListeningSockets {
    var result = ListeningSockets()
    guard let value = getenv("BEAMLINE_LISTENING").map({ String(cString: $0) }) else { return result }
    unsetenv("BEAMLINE_LISTENING")
    for entry in value.split(separator: ",") {
      let parts = entry.split(separator: ":").map(String.init)
      guard parts.count == 2, let channel = Channel(rawValue: parts[0]), let descriptor = CInt(parts[1]),
        fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
      else { continue }
      result.descriptors[channel] = descriptor
    }
    return result
  }

  /// The socket of a channel, if it listens at that port and nowhere else.
  func descriptor(of channel: Channel, port: Int) -> CInt? {
    guard let descriptor = descriptors[channel] else { return nil }
    var address = sockaddr_in()
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) == 0 }
    }
    return isBound && address.sin_family == sa_family_t(AF_INET) && Int(in_port_t(bigEndian: address.sin_port)) == port ? descriptor : nil
  }
}

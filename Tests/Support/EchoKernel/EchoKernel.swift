import EchoEvaluator
import Glibc
import JupyterKernel
import JupyterProtocol

/// `echo-kernel CONNECTION_FILE`: the kernel's sockets and session around the ``EchoEvaluator``.
@main
struct EchoKernel {
  static func main() {
    do {
      guard let file = fopen(CommandLine.arguments[1], "r") else { exit(2) }
      var bytes = [UInt8](repeating: 0, count: 65_536)
      let count = fread(&bytes, 1, bytes.count, file)
      fclose(file)
      let kernel = try Kernel(connection: ConnectionFile(parsing: Array(bytes.prefix(count))), listening: .inherited())
      kernel.run(
        evaluator: EchoEvaluator(), implementation: Implementation(name: "echo", version: "1.0", banner: "echo"), history: .ofUser)
    } catch {
      let sentence = Array("echo-kernel: \(error)\n".utf8)
      _ = write(STDERR_FILENO, sentence, sentence.count)
      exit(1)
    }
  }
}

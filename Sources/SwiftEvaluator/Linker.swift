internal import Glibc

/// Makes the shared object of one cell: undefined symbols are found, when it is loaded, in what the worker has loaded before.
struct Linker: Sendable {
  let toolchain: Toolchain

  /// - Throws: the linker's words, when it fails.
  func link(_ object: String, into shared: String) throws(Compiler.Failure) {
    let messages = Pipe()
    defer { close(messages.read) }
    let arguments = [
      "-shared", "-Bsymbolic", "--eh-frame-hdr", "--wrap=exit", "--wrap=_exit", "--wrap=_Exit", "--wrap=quick_exit", toolchain.startObject,
      object, "-o", shared,
    ]
    do {
      let linker = try ChildProcess(toolchain.linker, arguments, descriptors: [1: messages.write, 2: messages.write])
      close(messages.write)
      let text = String(decoding: readAll(messages.read), as: UTF8.self)
      if linker.wait() != 0 { throw Compiler.Failure.broken("The linker failed.\n\(text)") }
    } catch let failure as Compiler.Failure {
      throw failure
    } catch {
      close(messages.write)
      throw .broken("\(error)")
    }
  }
}

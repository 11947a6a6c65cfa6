import ArgumentParser
import Glibc

/// Where a kernel's folder lies, chosen as with `python -m ipykernel install`.
struct KernelSpecLocation: ParsableArguments {
  @Flag(name: .customLong("user"), help: "For this user (the default): in JUPYTER_DATA_DIR, or the user's own Jupyter folder.")
  var isForUser = false

  @Flag(name: .customLong("sys-prefix"), help: "In the active Python environment: VIRTUAL_ENV, CONDA_PREFIX, or that of python3.")
  var isForEnvironment = false

  @Option(help: ArgumentHelp("In share/jupyter/kernels of this folder.", valueName: "folder"))
  var prefix: String?

  @Option(help: "The name by which Jupyter knows the kernel.")
  var name = "beamline"

  func validate() throws {
    if [isForUser, isForEnvironment, prefix != nil].count(where: \.self) > 1 {
      throw ValidationError("Choose one of --user, --sys-prefix and --prefix.")
    }
    let isAllowed = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    if name.isEmpty || !isAllowed || name.allSatisfy({ $0 == "." }) {
      throw ValidationError("«\(name)» is no name for a kernel: ASCII letters, digits, «-», «.» and «_» are allowed.")
    }
  }

  /// The folder of the kernel of this name.
  func folder() throws -> String { try kernelsFolder() + "/" + name }

  private func kernelsFolder() throws -> String {
    if let prefix { return try absolutePath(prefix) + "/share/jupyter/kernels" }
    if isForEnvironment { return try environmentPrefix() + "/share/jupyter/kernels" }
    return try userDataFolder() + "/kernels"
  }

  /// As jupyter_core finds it on Linux.
  private func userDataFolder() throws -> String {
    if let folder = environment("JUPYTER_DATA_DIR") { return folder }
    if let folder = environment("XDG_DATA_HOME") { return folder + "/jupyter" }
    guard let home = environment("HOME") else {
      throw Failure("Neither JUPYTER_DATA_DIR nor HOME is set; say where to install with --prefix FOLDER.")
    }
    return home + "/.local/share/jupyter"
  }

  private func environmentPrefix() throws -> String {
    if let folder = environment("VIRTUAL_ENV") ?? environment("CONDA_PREFIX") { return folder }
    guard let pipe = popen("python3 -c 'import sys; print(sys.prefix)' 2>/dev/null", "r") else {
      throw systemFailure("python3 cannot be asked")
    }
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = fread(&bytes, 1, bytes.count, pipe)
    let status = pclose(pipe)
    let answer = String(decoding: bytes.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    guard status == 0, answer.hasPrefix("/") else {
      throw Failure("No Python environment is active: VIRTUAL_ENV and CONDA_PREFIX are not set, and there is no python3 to ask.")
    }
    return answer
  }
}

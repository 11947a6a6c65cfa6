import ArgumentParser
import Display
import Glibc
import KernelSpecFiles

struct InstallCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "install", abstract: "Make the kernel known to Jupyter.")

  @OptionGroup var location: KernelSpecLocation

  @Option(help: "The name that people see in the launcher. (default: Swift (Beamline))")
  var displayName: String?

  func run() throws {
    let folder = try location.folder()
    try makeFolder(folder)
    let program = try pathOfThisProgram()
    for file in kernelSpecFiles {
      let bytes = file.name == "kernel.json" ? try kernelSpec(template: file.bytes, program: program, displayName: displayName) : file.bytes
      try writeFile(folder + "/" + file.name, bytes)
    }
    print("The kernel «\(location.name)» is installed in \(folder); it runs \(program).")
  }
}

/// The template with this program's path in place of `{beamline}`, and the launcher, which makes the start faster, before it.
func kernelSpec(template: [UInt8], program: String, displayName: String?) throws -> [UInt8] {
  guard case .object(var spec) = try JSON(parsing: template) else { throw Failure("kernel.json is not an object.") }
  let launcher = parentFolder(of: program) + "/beamline-kernel"
  let isLauncherThere = access(launcher, X_OK) == 0
  let command = (spec["argv"]?.arrayValue ?? []).map { $0 == "{beamline}" ? .string(program) : $0 }
  spec["argv"] = .array((isLauncherThere ? [.string(launcher)] : []) + command)
  if let displayName { spec["display_name"] = .string(displayName) }
  return Array(JSON.object(spec).notebookText.utf8)
}

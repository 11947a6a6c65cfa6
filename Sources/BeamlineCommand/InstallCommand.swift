import ArgumentParser
import Display
import Glibc
import KernelSpecFiles

struct InstallCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "install", abstract: "Make the kernel known to Jupyter.")

  @OptionGroup var location: KernelSpecLocation

  @Option(help: "The name that people see in the launcher. (default: Swift (Beamline))")
  var displayName: String?

  @Flag(help: "Replace a kernel of this name that is not Beamline.")
  var force = false

  func run() throws {
    let folder = try location.folder()
    if !force, let program = try programOfKernel(in: folder), !isBeamline(program) {
      throw Failure(
        "\(folder) holds a kernel that runs «\(program)», which is not Beamline; it is left as it is. "
          + "Choose another name with --name, or replace it with --force.")
    }
    try makeFolder(folder)
    let program = try pathOfThisProgram()
    for file in kernelSpecFiles {
      let bytes = file.name == "kernel.json" ? try kernelSpec(template: file.bytes, program: program, displayName: displayName) : file.bytes
      try writeFile(folder + "/" + file.name, bytes)
    }
    print("The kernel «\(location.name)» is installed in \(folder); it runs \(program).")
  }
}

/// What the kernel in a folder runs; nil when there is none, or it cannot be read.
func programOfKernel(in folder: String) throws -> String? {
  let path = folder + "/kernel.json"
  guard access(path, F_OK) == 0 else { return nil }
  // Somebody's file that is no kernel's is somebody's file.
  return (try? JSON(parsing: readFile(path)))?["argv"]?[0]?.stringValue ?? "an unknown program"
}

/// Whether a program is one of this package's.
func isBeamline(_ program: String) -> Bool { ["beamline", "beamline-kernel"].contains(program.split(separator: "/").last) }

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

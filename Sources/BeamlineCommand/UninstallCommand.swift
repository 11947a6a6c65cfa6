import ArgumentParser
import Glibc

struct UninstallCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "uninstall", abstract: "Make Jupyter forget the kernel; takes the same options as install.")

  @OptionGroup var location: KernelSpecLocation

  func run() throws {
    let folder = try location.folder()
    guard let names = filesInFolder(folder) else { throw Failure("No kernel «\(location.name)» is installed in \(folder).") }
    // Somebody else's kernel of that name is not ours to remove.
    let program = try programOfKernel(in: folder) ?? ""
    guard isBeamline(program) else {
      throw Failure("The kernel in \(folder) runs «\(program)», which is not Beamline; it is left as it is.")
    }
    for name in names {
      guard unlink(folder + "/" + name) == 0 else { throw systemFailure("\(folder)/\(name) cannot be removed") }
    }
    guard rmdir(folder) == 0 else { throw systemFailure("the folder \(folder) cannot be removed") }
    print("The kernel «\(location.name)» is removed from \(folder).")
  }
}

import ArgumentParser

/// The program `beamline`: the kernel that Jupyter starts, its installation, and notebooks without Jupyter.
@main
struct BeamlineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "beamline",
    abstract: "A Jupyter kernel whose cells are real Swift.",
    version: version,
    subcommands: [RunCommand.self, InstallCommand.self, UninstallCommand.self, KernelCommand.self])

  static let version = "0.1.0"
}

/// An error whose description is the whole of what a person needs to know.
struct Failure: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}

import ArgumentParser
import Glibc
import JupyterKernel
import JupyterProtocol
import SwiftEvaluator

struct KernelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernel",
    abstract: "Serve a Jupyter front end; Jupyter calls this.")

  @Argument(help: "The connection file that the front end has written.")
  var connectionFile: String

  func run() throws {
    let connection: ConnectionFile
    do {
      connection = try ConnectionFile(parsing: try readFile(connectionFile))
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure("\(connectionFile): \(error)")
    }
    // The sockets first: the front end connects to them while the evaluator starts.
    let kernel = try Kernel(connection: connection, listening: .inherited())
    kernel.run(evaluator: try makeEvaluator(), implementation: .beamline, history: .ofUser)
    // Cells may still be running on their thread; nothing of theirs is to be waited for.
    _exit(0)
  }
}

/// The one place where the language of the cells is chosen.
func makeEvaluator() throws -> any Evaluator { try SwiftEvaluator() }

extension Implementation {
  static let beamline = Implementation(
    name: "beamline", version: BeamlineCommand.version, banner: "Beamline \(BeamlineCommand.version): real Swift in every cell.",
    helpLinks: [
      (text: "The Swift Programming Language", url: "https://docs.swift.org/swift-book/"),
      (text: "Swift Standard Library", url: "https://developer.apple.com/documentation/swift/swift-standard-library"),
    ])
}

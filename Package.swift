// swift-tools-version: 6.0
import Foundation
import PackageDescription

/// The folder of the toolchain that evaluates this manifest, whatever manager put it there (a plain folder, swiftly, a container).
///
/// The kernel parses cells with the SwiftSyntax that the toolchain carries, built: building it from source takes ten minutes.
let toolchain: String = {
  let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
  let suffix = "/lib/swift/pm/ManifestAPI/libPackageDescription.so"
  for line in maps.split(separator: "\n") where line.hasSuffix(suffix) {
    if let start = line.firstIndex(of: "/") { return String(line[start...].dropLast(suffix.count)) }
  }
  return "/usr"
}()
let toolchainParser = toolchain + "/lib/swift/host"

let package = Package(
  name: "Beamline",
  products: [
    // One dynamic library: the worker loads it once, and every cell links against the same copy.
    .library(name: "Beamline", type: .dynamic, targets: ["Beamline", "CellSupport"]),
    .executable(name: "beamline", targets: ["BeamlineCommand"]),
    .executable(name: "beamline-worker", targets: ["BeamlineWorker"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: [
    .systemLibrary(name: "CZeroMQ", pkgConfig: "libzmq", providers: [.apt(["libzmq3-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

    // The plank between the towers.
    .target(name: "Display"),

    // The kernel tower.
    .target(name: "JupyterProtocol", dependencies: ["COpenSSL", "Display"]),
    .target(name: "JupyterKernel", dependencies: ["CZeroMQ", "JupyterProtocol", "Display"]),
    .target(name: "WorkerProtocol"),
    .target(
      name: "SwiftEvaluator",
      dependencies: ["JupyterKernel", "WorkerProtocol", "Display"],
      swiftSettings: [.unsafeFlags(["-I", toolchainParser])],
      linkerSettings: [
        .unsafeFlags(["-L", toolchainParser, "-Xlinker", "-rpath", "-Xlinker", toolchainParser]),
        .linkedLibrary("SwiftSyntax"), .linkedLibrary("SwiftParser"), .linkedLibrary("SwiftParserDiagnostics"),
      ]),
    .executableTarget(
      name: "BeamlineCommand",
      dependencies: [
        "SwiftEvaluator", "JupyterKernel", "Display",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: [.unsafeFlags(["-I", toolchainParser])]),

    // The process that cells live in.
    .target(name: "CCellRuntime"),
    .executableTarget(
      name: "BeamlineWorker", dependencies: ["CCellRuntime", "WorkerProtocol"],
      linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic"])]),

    // What a cell sees: the language-model tower and the few functions that the evaluator calls in it.
    .target(name: "Tokenizers", dependencies: ["Display"]),
    .target(name: "LanguageModels", dependencies: ["Display"]),
    .target(name: "Decoding", dependencies: ["LanguageModels", "Display"]),
    .target(name: "Beamline", dependencies: ["LanguageModels", "Decoding", "Display"]),
    .target(name: "CellSupport", dependencies: ["Display"]),

    // Measurements against peers.
    .executableTarget(
      name: "TokenizerBenchmark", dependencies: ["Tokenizers", "Display"], path: "Benchmarks/tokenizers",
      exclude: ["README.md", "agree.py", "compare.py", "hostile.py"]),

    // Tests.
    .testTarget(name: "TokenizersTests", dependencies: ["Tokenizers"], exclude: ["Fixtures"]),
    .testTarget(name: "DisplayTests", dependencies: ["Display"]),
  ]
)

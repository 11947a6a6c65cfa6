// swift-tools-version: 6.0
import Foundation
import PackageDescription

/// The folder of the toolchain that evaluates this manifest, whatever manager put it there (a plain folder, swiftly, a container).
///
/// The kernel parses cells with the SwiftSyntax that the toolchain carries, built: building it from source takes ten minutes.
let toolchain: String = {
  // Through a handle: `String(contentsOfFile:)` reads only the first page of such a file, and misses the line by chance.
  let maps = String(decoding: FileHandle(forReadingAtPath: "/proc/self/maps")?.readDataToEndOfFile() ?? .init(), as: UTF8.self)
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
    .executable(name: "beamline-kernel", targets: ["BeamlineKernel"]),
    .executable(name: "beamline-worker", targets: ["BeamlineWorker"]),
    .executable(name: "beamline-editor", targets: ["BeamlineEditor"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
  ],
  targets: [
    .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

    // The plank between the towers.
    .target(name: "Display"),

    // The kernel tower.
    .target(name: "JupyterProtocol", dependencies: ["COpenSSL", "Display"]),
    .target(name: "JupyterKernel", dependencies: ["CZeroMQ", "JupyterProtocol", "Display"]),
    .target(name: "NotebookRunner", dependencies: ["JupyterKernel", "JupyterProtocol", "Display"]),
    .target(name: "CWorkerProtocol"),
    .target(name: "CProcess"),
    .target(
      name: "SwiftEvaluator",
      dependencies: ["COpenSSL", "JupyterKernel", "CProcess", "CWorkerProtocol", "Display"],
      swiftSettings: [.unsafeFlags(["-I", toolchainParser])],
      linkerSettings: [
        .unsafeFlags(["-L", toolchainParser, "-Xlinker", "-rpath", "-Xlinker", toolchainParser]),
        .linkedLibrary("SwiftSyntax"), .linkedLibrary("SwiftParser"), .linkedLibrary("SwiftParserDiagnostics"),
      ]),
    .target(
      name: "KernelSpecFiles", path: "kernelspec",
      resources: [
        .embedInCode("kernel.json"), .embedInCode("logo-svg.svg"), .embedInCode("logo-32x32.png"), .embedInCode("logo-64x64.png"),
      ]),
    .executableTarget(
      name: "BeamlineCommand",
      dependencies: [
        "SwiftEvaluator", "NotebookRunner", "JupyterKernel", "Display", "KernelSpecFiles",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: [.unsafeFlags(["-I", toolchainParser])]),

    .executableTarget(name: "BeamlineKernel"),
    .executableTarget(name: "BeamlineEditor", linkerSettings: [.linkedLibrary("dl")]),

    // The process that cells live in.
    .target(name: "CellRuntime", dependencies: ["CWorkerProtocol"], linkerSettings: [.linkedLibrary("dl"), .linkedLibrary("pthread")]),
    .executableTarget(
      name: "BeamlineWorker", dependencies: ["CellRuntime"],
      linkerSettings: [.unsafeFlags(["-Xlinker", "--export-dynamic"])]),

    // Inference: checkpoints on disk, inner loops in C, and the architectures that run on packed weights.
    .target(name: "Checkpoints", dependencies: ["Display"]),
    .testTarget(name: "CheckpointsTests", dependencies: ["Checkpoints", "Display"], exclude: ["Fixtures", "make_fixtures.py"]),

    .target(name: "CKernels"),
    .target(name: "Inference", dependencies: ["CKernels", "Checkpoints", "LanguageModels", "Display"]),
    .executableTarget(name: "decode-benchmark", dependencies: ["Inference", "CKernels"], path: "Benchmarks/Decode"),
    .testTarget(name: "CKernelsTests", dependencies: ["CKernels"]),
    .testTarget(
      name: "InferenceTests", dependencies: ["Inference", "Checkpoints", "LanguageModels", "Display"],
      exclude: ["Fixtures", "make_fixtures.py", "make_gguf_fixtures.py", "make_real.py"]),

    // Training: what only training needs in C, tensors with gradients, and the layers that architectures are written in.
    .target(name: "CTraining", dependencies: ["CKernels"]),
    .target(name: "Tensors", dependencies: ["CKernels", "CTraining"]),
    .target(name: "Layers", dependencies: ["Tensors", "Checkpoints", "Display"]),
    .executableTarget(name: "train-benchmark", dependencies: ["Layers", "Tensors"], path: "Benchmarks/Train"),
    .testTarget(name: "TensorsTests", dependencies: ["Tensors", "CKernels"], exclude: ["Fixtures", "make_fixtures.py"]),
    .testTarget(
      name: "LayersTests", dependencies: ["Layers", "Tensors", "Checkpoints", "CKernels"],
      exclude: ["Fixtures", "make_fixtures.py", "read_back.py"]),

    // The one client for HTTP, over the system's libcurl, which is opened at the first request.
    .target(name: "CHTTP", linkerSettings: [.linkedLibrary("dl"), .linkedLibrary("pthread")]),
    .target(name: "HTTP", dependencies: ["CHTTP"]),
    // Programs that are not trusted: generated code under test.
    .target(name: "CSandbox"),
    .target(name: "Sandbox", dependencies: ["CSandbox"]),

    // What a cell sees: the language-model tower and the few functions that the evaluator calls in it.
    .target(name: "Tokenizers", dependencies: ["Display"]),
    .target(name: "LanguageModels", dependencies: ["Display"]),
    .target(name: "Grammars", dependencies: ["LanguageModels"]),
    .target(name: "Decoding", dependencies: ["Grammars", "HTTP", "LanguageModels", "Sandbox", "Display"]),
    .target(name: "CHub", linkerSettings: [.linkedLibrary("pthread")]),
    .target(name: "Hub", dependencies: ["CHub", "HTTP", "Display"]),
    .target(name: "Pretrained", dependencies: ["Checkpoints", "Decoding", "Display", "Hub", "Inference", "LanguageModels", "Tokenizers"]),
    .target(name: "CMiniatures", exclude: ["Weights"], cSettings: [.headerSearchPath("Weights")]),
    .target(
      name: "Finetuning", dependencies: ["CMiniatures", "Checkpoints", "Display", "Layers", "Pretrained", "Tensors", "Tokenizers"]),
    .executableTarget(name: "pretrain-miniatures", dependencies: ["Finetuning", "Display"], path: "Recipes/Miniatures"),
    .executableTarget(name: "finetuning-agreement", dependencies: ["Finetuning"], path: "Recipes/Agreement", exclude: ["agree.py"]),
    .executableTarget(name: "finetuning-mnli", dependencies: ["Finetuning"], path: "Recipes/MNLI", exclude: ["reference.py"]),
    .testTarget(name: "FinetuningTests", dependencies: ["Checkpoints", "Display", "Finetuning", "Layers", "Tensors"]),
    .target(
      name: "Beamline",
      dependencies: [
        "Checkpoints", "LanguageModels", "Grammars", "Decoding", "Finetuning", "Hub", "Pretrained", "Tensors", "Layers", "Display",
      ]),
    .target(name: "CellSupport", dependencies: ["Display"]),

    // Measurements against peers.
    .executableTarget(
      name: "constraint-benchmark", dependencies: ["Grammars", "LanguageModels"], path: "Benchmarks/constraints", exclude: ["README.md", "compare.py", "python_agreement.py"]),
    .executableTarget(
      name: "tokenizer-benchmark", dependencies: ["Tokenizers", "Display"], path: "Benchmarks/tokenizers",
      exclude: ["README.md", "agree.py", "compare.py", "hostile.py"]),
    .executableTarget(name: "search-benchmark", dependencies: ["Decoding", "LanguageModels", "Pretrained"], path: "Benchmarks/Search"),

    // Tests.
    .testTarget(name: "TokenizersTests", dependencies: ["Tokenizers"], exclude: ["Fixtures", "make_fixtures.py"]),
    .testTarget(
      name: "SwiftEvaluatorTests", dependencies: ["SwiftEvaluator", "CellSupport", "CWorkerProtocol", "BeamlineWorker"],
      exclude: ["Language"],
      swiftSettings: [.unsafeFlags(["-I", toolchainParser])]),
    .testTarget(name: "DisplayTests", dependencies: ["Display"]),
    .testTarget(name: "HubTests", dependencies: ["Hub", "HTTP", "Display"], exclude: ["hf_agree.py", "hub_server.py"]),
    .testTarget(
      name: "PretrainedTests",
      dependencies: ["Pretrained", "Checkpoints", "Decoding", "Display", "Hub", "Inference", "Layers", "Tensors", "Tokenizers"],
      exclude: ["make_agreement.py"]),
    .testTarget(name: "SandboxTests", dependencies: ["Sandbox"]),
    .testTarget(name: "HTTPTests", dependencies: ["HTTP", "LoopbackServer"]),
    .target(name: "LoopbackServer", path: "Tests/Support/LoopbackServer"),
    .testTarget(name: "LanguageModelsTests", dependencies: ["LanguageModels"]),
    .testTarget(name: "GrammarsTests", dependencies: ["Grammars", "LanguageModels"], exclude: ["Fixtures", "make_fixtures.py", "make_programs.py"]),
    .testTarget(
      name: "DecodingTests", dependencies: ["Decoding", "Grammars", "HTTP", "LanguageModels", "LoopbackServer", "Display"],
      exclude: ["Fixtures", "make_engine_chains.py", "make_utilities.py"]),
    .testTarget(
      name: "BeamAgreementTests", dependencies: ["Decoding", "Inference", "Checkpoints", "LanguageModels", "Display"],
      exclude: ["Fixtures", "make_fixtures.py", "make_groups.py"]),
    .testTarget(name: "JupyterProtocolTests", dependencies: ["JupyterProtocol", "Display"]),
    .testTarget(name: "JupyterKernelTests", dependencies: ["JupyterKernel", "JupyterProtocol", "EchoEvaluator", "Display"]),
    .testTarget(
      name: "NotebookRunnerTests", dependencies: ["NotebookRunner", "EchoEvaluator", "JupyterKernel", "JupyterProtocol", "Display"],
      exclude: ["make_fixtures.py"], resources: [.embedInCode("Fixtures/executed.ipynb"), .embedInCode("Fixtures/written.ipynb")]),
    // The second evaluator, which proves the seam, and a kernel around it for the tests of the wire. Neither is a product.
    .target(name: "EchoEvaluator", dependencies: ["JupyterKernel", "Display"], path: "Tests/Support/EchoEvaluator"),
    .executableTarget(
      name: "echo-kernel", dependencies: ["EchoEvaluator", "JupyterKernel", "JupyterProtocol"], path: "Tests/Support/EchoKernel"),
  ]
)

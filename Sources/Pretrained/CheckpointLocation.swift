internal import Glibc

/// Where a checkpoint is: a file or folder, or a name on the Hugging Face hub whose files are in this machine's cache.
package struct CheckpointLocation {
  /// A folder of Hugging Face, or a GGUF file.
  package let path: String

  /// - Parameter name: a path, or a repository's name, `HuggingFaceTB/SmolLM2-135M-Instruct`.
  /// - Throws: ``NoCheckpoint``, which says where it was looked for.
  package init(_ name: String) throws(NoCheckpoint) {
    if access(name, R_OK) == 0 {
      path = name
      return
    }
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
      throw NoCheckpoint(name: name, places: [name])
    }
    let repository = "\(CheckpointLocation.hubCache)/models--\(parts[0])--\(parts[1])"
    guard let commit = CheckpointLocation.firstLine("\(repository)/refs/main"), access("\(repository)/snapshots/\(commit)", R_OK) == 0
    else {
      throw NoCheckpoint(name: name, places: [name, "\(repository)/refs/main"])
    }
    path = "\(repository)/snapshots/\(commit)"
  }

  /// The folder that `HF_HUB_CACHE` or `HF_HOME` names, or the usual one.
  private static var hubCache: String {
    if let cache = variable("HF_HUB_CACHE") { return cache }
    if let home = variable("HF_HOME") { return home + "/hub" }
    return (variable("XDG_CACHE_HOME") ?? (variable("HOME") ?? "") + "/.cache") + "/huggingface/hub"
  }

  private static func variable(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return String(cString: value)
  }

  private static func firstLine(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 256)
    guard fgets(&buffer, 256, file) != nil else { return nil }
    let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return text.split(separator: "\n").first.map(String.init)
  }
}

/// A name that leads to no checkpoint.
public struct NoCheckpoint: Error, Equatable, CustomStringConvertible {
  public let name: String
  /// The files and folders that were looked for.
  public let places: [String]

  public var description: String {
    "There is no checkpoint «\(name)»: looked for \(places.joined(separator: " and ")). Give a Hugging Face folder, a GGUF file, or the name of a model that is in the hub's cache."
  }
}

internal import Glibc
internal import Hub

/// Where a checkpoint is: a file or folder, or a model of the Hugging Face hub, which is downloaded when it is not in the hub's cache yet.
package struct CheckpointLocation {
  /// A folder of Hugging Face, or a GGUF file.
  package let path: String

  /// - Parameters:
  ///   - name: a path, or a repository's name, `HuggingFaceTB/SmolLM2-135M-Instruct`, or one file of it, `owner/name/file.gguf`.
  ///   - revision: a branch, a tag or a commit of the repository; nil: `main`.
  /// - Throws: ``NoCheckpoint`` for a name that cannot be one, `HubError` for one that leads nowhere.
  package init(_ name: String, revision: String? = nil) throws {
    if revision == nil, access(name, R_OK) == 0 {
      path = name
      return
    }
    guard let repository = HubRepository(name, revision: revision) else { throw NoCheckpoint(name: name, revision: revision) }
    path = try repository.downloaded()
  }
}

/// A name that leads to no checkpoint: there is no such file, and no repository can be called so.
public struct NoCheckpoint: Error, Equatable, CustomStringConvertible {
  public let name: String
  public let revision: String?

  public var description: String {
    let what = revision.map { "«\(name)» at revision «\($0)»" } ?? "«\(name)»"
    return
      "There is no checkpoint \(what): no such file or folder, and no repository of the hub is called so. Give a Hugging Face folder, a GGUF file, or a model of the hub as «owner/name» or «owner/name/file.gguf»."
  }
}

/// A model on the Hugging Face hub, at a revision.
///
/// ```swift
/// let folder = try HubRepository("HuggingFaceTB/SmolLM2-135M-Instruct").downloaded()
/// ```
/// The cache has the layout of `huggingface_hub`, so that transformers finds what was downloaded here, and the reverse.
public struct HubRepository: Equatable, Sendable, CustomStringConvertible {
  /// `owner/name`; old models have a name alone.
  public let name: String
  /// A branch, a tag or a commit.
  public let revision: String
  /// The one file that is wanted, of a repository that holds many: a GGUF file. Nil: configuration, weights and tokenizer.
  public let file: String?

  /// - Parameters:
  ///   - name: `owner/name`, or `owner/name/file.gguf`.
  ///   - revision: a branch, a tag or a commit; nil: `main`.
  /// - Returns: nil for a text that cannot be the name of a repository.
  public init?(_ name: String, revision: String? = nil) {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let revision = revision ?? "main"
    guard (1...3).contains(parts.count), parts.allSatisfy(Self.isName), Self.isRevision(revision) else { return nil }
    if parts.count == 3 || parts[parts.count - 1].hasSuffix(".gguf") {
      guard parts.count == 3, parts[2].hasSuffix(".gguf") else { return nil }
    }
    self.name = parts.prefix(2).joined(separator: "/")
    file = parts.count == 3 ? parts[2] : nil
    self.revision = revision
  }

  public var description: String { name }

  private static func isName(_ part: String) -> Bool {
    guard let first = part.utf8.first, part.utf8.count <= 96, first != UInt8(ascii: "."), first != UInt8(ascii: "-") else { return false }
    return part.utf8.allSatisfy(isPlain) && !part.contains("..") && !part.contains("--")
  }

  private static func isRevision(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 255
      && text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
        !part.isEmpty && part != "." && part != ".." && part.utf8.allSatisfy(isPlain)
      }
  }

  /// Letters, digits, and the signs that names of repositories and files may have.
  static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
    default: false
    }
  }
}

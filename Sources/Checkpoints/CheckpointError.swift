/// Why a checkpoint was refused; the sentence names the file, the tensor, what was found and what is allowed.
public struct CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file that was refused, as the caller named it.
  public let file: String
  /// What is wrong with it.
  public let reason: Reason

  public enum Reason: Equatable, Sendable {
    /// The system would not open or map the file, or a folder holds no checkpoint; its own words.
    case unreadable(String)
    /// The file is shorter than its own header says.
    case truncated(part: String, needed: UInt64, available: UInt64)
    /// A field of the header has a value that the format does not allow.
    case malformed(field: String, found: String, allowed: String)
    /// A tensor's entry has a value that the format does not allow.
    case malformedTensor(name: String, field: String, found: String, allowed: String)
    /// Two tensors claim the same bytes.
    case overlapping(String, String)
    /// A tensor that the model needs is not in the checkpoint.
    case missing(tensor: String)
    /// A tensor has another shape than the model needs.
    case shape(tensor: String, found: [Int], expected: [Int])
    /// A setting of the configuration is missing or has a value that the model does not know.
    case setting(name: String, found: String, allowed: String)
  }

  public init(file: String, _ reason: Reason) {
    self.file = file
    self.reason = reason
  }

  public var description: String {
    switch reason {
    case .unreadable(let words):
      "\(file): \(words)."
    case .truncated(let part, let needed, let available):
      "\(file): the file ends too early: \(part) needs \(needed) bytes, \(available) are there."
    case .malformed(let field, let found, let allowed):
      "\(file): \(field) is \(found); allowed: \(allowed)."
    case .malformedTensor(let name, let field, let found, let allowed):
      "\(file): tensor «\(name)»: \(field) is \(found); allowed: \(allowed)."
    case .overlapping(let first, let second):
      "\(file): tensors «\(first)» and «\(second)» overlap; every byte may belong to one tensor."
    case .missing(let tensor):
      "\(file): tensor «\(tensor)» is missing."
    case .shape(let tensor, let found, let expected):
      "\(file): tensor «\(tensor)» has shape \(found); expected: \(expected)."
    case .setting(let name, let found, let allowed):
      "\(file): setting «\(name)» is \(found); allowed: \(allowed)."
    }
  }
}

extension String {
  /// A name as it may stand in a sentence: names come from files and can be megabytes of anything.
  var excerpt: String {
    let shown = String(String.UnicodeScalarView(unicodeScalars.prefix(80).map { $0.value < 32 || $0.value == 127 ? "\u{FFFD}" : $0 }))
    return unicodeScalars.count > 80 ? shown + "…" : shown
  }
}

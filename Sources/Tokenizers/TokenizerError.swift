import Display

/// Why a tokenizer cannot be read: the file, the place in it, and what is wrong there.
///
/// ```
/// models/x/tokenizer.json: pre_tokenizer.type: «UnicodeScripts» is not supported; supported are BertPreTokenizer, ByteLevel, …
/// ```
public struct TokenizerError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Reason: Sendable, Equatable {
    /// What the system says: «No such file or directory».
    case unreadable(String)
    /// The first byte that is not part of UTF-8, from 0.
    case notUTF8(byte: Int)
    case notJSON(JSON.ParsingError)
    case missing(key: String)
    /// What is allowed, and what is there: «a string», «an array».
    case expected(String, found: String)
    case unsupported(String, allowed: [String])
    /// A setting that is not known and not off.
    case unknownKey(String)
    case pattern(String, problem: String, column: Int)
    case notInVocabulary(String)
    /// One clause that says what is wrong and what is allowed.
    case invalid(String)
  }

  /// The path as it was given; «GGUF» for metadata.
  public var file: String
  /// A path of keys, as `model.merges[17]`, or a line, as `line 17`; empty for the whole file.
  public var place: String
  public var reason: Reason

  public init(file: String, place: String = "", reason: Reason) {
    self.file = file
    self.place = place
    self.reason = reason
  }

  public var description: String {
    place.isEmpty ? "\(file): \(reason.sentence)" : "\(file): \(place): \(reason.sentence)"
  }
}

extension TokenizerError.Reason {
  var sentence: String {
    switch self {
    case .unreadable(let message): "cannot be read: \(message)"
    case .notUTF8(let byte): "expected text in UTF-8, found a byte that is not at \(byte)"
    case .notJSON(let error): "is not JSON: \(error)"
    case .missing(let key): "the key «\(key)» is missing"
    case .expected(let wanted, let found): "expected \(wanted), found \(found)"
    case .unsupported(let value, let allowed): "«\(value)» is not supported; supported are \(allowed.joined(separator: ", "))"
    case .unknownKey(let key): "the setting «\(key)» is not known, and it is not off"
    case .pattern(let pattern, let problem, let column): "the pattern «\(pattern)» has, at character \(column), \(problem): not supported"
    case .notInVocabulary(let token): "the token «\(token)» is not in the vocabulary"
    case .invalid(let clause): clause
    }
  }
}

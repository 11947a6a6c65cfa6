import Display

/// A notebook file of format 4, with every field that it had.
///
/// ```swift
/// var notebook = try Notebook(parsing: bytes)
/// notebook.cells[0].source            // the text, its lines joined
/// notebook.text                       // the bytes that nbformat writes
/// ```
/// Source: the nbformat 4.5 schema, and `nbformat.v4.rwbase` for how lines are divided.
public struct Notebook: Sendable, Equatable {
  public var cells: [NotebookCell]
  public var metadata: JSON.Object
  public var minorVersion: Int
  /// Fields of the file that are none of the above.
  var otherFields: JSON.Object

  /// - Throws: ``JSON/ParsingError`` or ``NotebookError``.
  public init(parsing bytes: [UInt8]) throws {
    let value = try JSON(parsing: bytes)
    guard case .object(var fields) = value else { throw NotebookError("the file is \(value.kind); a notebook is an object") }
    guard let version = fields["nbformat"]?.intValue else { throw NotebookError("«nbformat» is missing; a notebook says its format") }
    guard version == 4 else {
      throw NotebookError("the notebook has format \(version); only format 4 is read (`jupyter nbconvert --to notebook` converts it)")
    }
    minorVersion = fields["nbformat_minor"]?.intValue ?? 0
    guard let list = fields["cells"] else { throw NotebookError("«cells» is missing; expected an array") }
    guard let list = list.arrayValue else { throw NotebookError("«cells» is \(list.kind); expected an array") }
    cells = try list.enumerated().map { index, cell in try NotebookCell(cell, number: index + 1) }
    metadata = fields["metadata"]?.objectValue ?? [:]
    for field in ["cells", "metadata", "nbformat", "nbformat_minor"] { fields[field] = nil }
    otherFields = fields
  }

  /// The file's text, as format 4.5 or later has it: every cell has an identifier.
  public var text: String {
    var fields = otherFields
    fields["nbformat"] = 4
    fields["nbformat_minor"] = .integer(max(5, minorVersion))
    var metadata = metadata
    for field in ["orig_nbformat", "orig_nbformat_minor", "signature"] { metadata[field] = nil }
    fields["metadata"] = .object(metadata)
    fields["cells"] = .array(zip(cells, identifiers).map { cell, identifier in cell.json(identifier: identifier) })
    return JSON.object(fields).notebookText
  }

  /// The identifiers of the cells: those that they have, and `cell-3` for a third one without, so that the same notebook gives the same file.
  private var identifiers: [String] {
    var taken = Set(cells.compactMap(\.identifier))
    return cells.enumerated().map { index, cell in
      if let identifier = cell.identifier { return identifier }
      var identifier = "cell-\(index + 1)"
      while !taken.insert(identifier).inserted { identifier += "-" }
      return identifier
    }
  }
}

/// Why a file is no notebook that can be run: one sentence.
public struct NotebookError: Error, Sendable, Equatable, CustomStringConvertible {
  public var description: String

  init(_ description: String) { self.description = description }
}

public struct NotebookCell: Sendable, Equatable {
  public enum Kind: String, Sendable { case code, markdown, raw }

  public var kind: Kind
  public var source: String
  public var identifier: String?
  public var metadata: JSON.Object
  /// Of code cells.
  public var executionCount: Int?
  public var outputs: [NotebookOutput] = []
  /// Fields that are none of the above: attachments.
  var otherFields: JSON.Object

  public var tags: [String] { metadata["tags"]?.arrayValue?.compactMap(\.stringValue) ?? [] }

  /// The first line with text in it, by which a person recognizes the cell.
  public var firstLine: String {
    let line = source.split(whereSeparator: \.isNewline).first { !$0.allSatisfy(\.isWhitespace) }
    return line.map { String($0.drop(while: \.isWhitespace)) } ?? ""
  }

  /// Reads a cell; outputs of an earlier run are left behind.
  init(_ value: JSON, number: Int) throws {
    guard case .object(var fields) = value else { throw NotebookError("cell \(number) is \(value.kind); expected an object") }
    let name = fields["cell_type"]?.stringValue ?? ""
    guard let kind = Kind(rawValue: name) else {
      throw NotebookError("cell \(number): «cell_type» is «\(name)»; expected «code», «markdown» or «raw»")
    }
    self.kind = kind
    switch fields["source"] {
    case .string(let text)?: source = text
    case .array(let lines)?:
      source = try lines.map { line in
        guard let text = line.stringValue else {
          throw NotebookError("cell \(number): «source» has \(line.kind) among its lines; expected strings")
        }
        return text
      }.joined()
    case let other:
      throw NotebookError("cell \(number): «source» is \(other?.kind ?? "missing"); expected a string or an array of strings")
    }
    identifier = fields["id"]?.stringValue
    metadata = fields["metadata"]?.objectValue ?? [:]
    metadata["trusted"] = nil
    for field in ["cell_type", "source", "id", "metadata", "outputs", "execution_count"] { fields[field] = nil }
    otherFields = fields
  }

  func json(identifier: String) -> JSON {
    var fields = otherFields
    fields["cell_type"] = .string(kind.rawValue)
    fields["id"] = .string(identifier)
    fields["metadata"] = .object(metadata)
    fields["source"] = lines(of: source)
    if kind == .code {
      fields["execution_count"] = executionCount.map { .integer($0) } ?? .null
      fields["outputs"] = .array(outputs.map(\.json))
    }
    return .object(fields)
  }
}

internal import Display

/// A row of a file: its line, from 1, and its fields by name.
struct Row {
  let line: Int
  let fields: [String: String]
}

/// The rows of a file, or why one could not be read.
enum RowFormat {
  /// Fields between commas, in quotes where they hold commas, quotes or line breaks (RFC 4180); the first row names them.
  case csv
  /// Fields between tabs, as they are; the first row names them.
  case tsv
  /// A JSON object a line.
  case jsonLines

  /// By the name's ending: `.csv`, `.jsonl` (or `.json`, `.ndjson`), else fields between tabs, as MNLI's `.tsv` and `.txt`.
  init(path: String) {
    let ending = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    self = ending == "csv" ? .csv : ["jsonl", "json", "ndjson"].contains(ending) ? .jsonLines : .tsv
  }

  func rows(of text: String, file: String) -> [Result<Row, DataError>] {
    switch self {
    case .jsonLines: RowFormat.jsonRows(text, file)
    case .tsv: RowFormat.named(RowFormat.tabbedRecords(text), file)
    case .csv: RowFormat.named(CSVReader(text).records(), file)
    }
  }

  private static func jsonRows(_ text: String, _ file: String) -> [Result<Row, DataError>] {
    var rows: [Result<Row, DataError>] = []
    for (index, line) in text.utf8.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
      let line = line.last == 13 ? line.dropLast() : line
      if line.allSatisfy({ $0 == 32 || $0 == 9 }) { continue }
      do {
        let value = try JSON(parsing: Array(line))
        guard let object = value.objectValue else {
          rows.append(.failure(DataError(file, line: index + 1, "is \(value.kind), not a JSON object")))
          continue
        }
        var fields: [String: String] = [:]
        for (name, field) in object { fields[name] = field.stringValue ?? field.compactText }
        rows.append(.success(Row(line: index + 1, fields: fields)))
      } catch {
        rows.append(.failure(DataError(file, line: index + 1, "is not JSON (\(error))")))
      }
    }
    return rows
  }

  private static func tabbedRecords(_ text: String) -> [(line: Int, fields: [String])] {
    text.utf8.split(separator: 10, omittingEmptySubsequences: false).enumerated().compactMap { index, line in
      let line = line.last == 13 ? line.dropLast() : line
      if line.isEmpty { return nil }
      return (index + 1, line.split(separator: 9, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) })
    }
  }

  /// Gives fields the names of the first row.
  private static func named(_ records: [(line: Int, fields: [String])], _ file: String) -> [Result<Row, DataError>] {
    guard var names = records.first?.fields else { return [] }
    if names[0].unicodeScalars.first == "\u{FEFF}" { names[0].unicodeScalars.removeFirst() }
    return records.dropFirst().map { line, fields in
      guard fields.count == names.count else {
        return .failure(DataError(file, line: line, "has \(fields.count) fields, the first row names \(names.count)"))
      }
      return .success(Row(line: line, fields: Dictionary(zip(names, fields)) { first, _ in first }))
    }
  }
}

/// Reads records of RFC 4180: quotes guard commas and line breaks, two quotes inside are one.
private struct CSVReader {
  private let bytes: [UInt8]

  init(_ text: String) { bytes = Array(text.utf8) }

  func records() -> [(line: Int, fields: [String])] {
    var records: [(Int, [String])] = []
    var (fields, field): ([String], [UInt8]) = ([], [])
    var (line, start, isQuoted, place) = (1, 1, false, 0)
    func ended() -> Bool { fields.isEmpty && field.isEmpty }
    while place < bytes.count {
      let byte = bytes[place]
      place += 1
      if byte == 10 { line += 1 }
      if isQuoted {
        if byte != UInt8(ascii: "\"") {
          field.append(byte)
        } else if place < bytes.count, bytes[place] == byte {
          field.append(byte)
          place += 1
        } else {
          isQuoted = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isQuoted = true
      case UInt8(ascii: ","):
        fields.append(String(decoding: field, as: UTF8.self))
        field = []
      case 13: break
      case 10:
        if !ended() { records.append((start, fields + [String(decoding: field, as: UTF8.self)])) }
        (fields, field, start) = ([], [], line)
      default: field.append(byte)
      }
    }
    if !ended() { records.append((start, fields + [String(decoding: field, as: UTF8.self)])) }
    return records
  }
}

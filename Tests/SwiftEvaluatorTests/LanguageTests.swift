import Foundation
import Testing

@testable import SwiftEvaluator

/// The language, chapter by chapter: each file of `Language` is a notebook whose cells say what they show.
@Suite(.serialized) struct LanguageTests {
  @Test("Every declaration, statement and expression works in cells", arguments: Chapter.all)
  func chapter(_ chapter: Chapter) throws {
    let notebook = try TestNotebook()
    for cell in chapter.cells {
      let run = notebook.run(cell.code)
      #expect(run.transcript == cell.expected, "\(chapter.name): \(cell.title)\n\(cell.code)")
    }
  }
}

/// A file of cells. A line `//// …` is a cell's title; after its code come the lines that it is expected to bring:
/// `//> ` printed or displayed, `//= ` the result, `//? ` a warning, `//! ` the failure.
struct Chapter: CustomTestStringConvertible {
  struct Cell {
    var title: String
    var code: String
    var expected: [String]
  }

  var name: String
  var cells: [Cell]
  var testDescription: String { name }

  static var all: [Chapter] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Language")
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    precondition(!files.isEmpty, "Tests/SwiftEvaluatorTests/Language holds the chapters")
    return files.filter { $0.hasSuffix(".cells") }.sorted().map { file in
      Chapter(name: file, text: (try? String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)) ?? "")
    }
  }

  init(name: String, text: String) {
    self.name = name
    cells = []
    var code: [String] = []
    func isExpectation(_ line: String) -> Bool { ["//>", "//=", "//?", "//!"].contains { line.hasPrefix($0) } }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) + ["//// end"] {
      if line.hasPrefix("//// ") {
        if !cells.isEmpty {
          while code.last == "" { code.removeLast() }
          cells[cells.count - 1].code = code.joined(separator: "\n")
        }
        code = []
        cells.append(Cell(title: String(line.dropFirst(5)), code: "", expected: []))
      } else if isExpectation(line) {
        cells[cells.count - 1].expected.append(line)
      } else {
        code.append(line)
      }
    }
    cells.removeLast()
  }
}

extension TestNotebook.Run {
  /// What the cell has brought, in the form of a chapter.
  fileprivate var transcript: [String] {
    func lines(_ prefix: String, _ text: String) -> [String] {
      text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? prefix : "\(prefix) \($0)" }
    }
    let printed = sequence.dropLast(result == nil ? 0 : 1).map { $0 }.joined()
    var all: [String] = []
    if !printed.isEmpty { all += lines("//>", printed.hasSuffix("\n") ? String(printed.dropLast()) : printed) }
    if let result { all += lines("//=", result) }
    let warnings = errors.replacing(/\u{1B}\[[0-9;]*m/, with: "")
    if !warnings.isEmpty { all += lines("//?", warnings.hasSuffix("\n") ? String(warnings.dropLast()) : warnings) }
    guard let failure else { return all }
    if failure.name == "CompileError" { return all + traceback.flatMap { lines("//!", $0) } }
    return all + lines("//!", failure.name + (failure.message.isEmpty ? "" : ": \(failure.message)"))
  }
}

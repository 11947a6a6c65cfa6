import Display
import Testing

@testable import NotebookRunner

@Suite("Notebook files of format 4")
struct NotebookTests {
  static func notebook(_ cells: JSON, _ fields: JSON.Object = [:]) -> [UInt8] {
    var notebook: JSON.Object = ["nbformat": 4, "nbformat_minor": 5, "metadata": [:], "cells": cells]
    for (name, value) in fields { notebook[name] = value }
    return JSON.object(notebook).compactBytes
  }

  static let markdown: JSON = ["cell_type": "markdown", "metadata": [:], "source": "x"]

  @Test("identifiers are kept; a missing one is the cell's number, moved out of the way of others")
  func identifiers() throws {
    var named = Self.markdown.objectValue ?? [:]
    named["id"] = "cell-3"
    let notebook = try Notebook(parsing: Self.notebook([Self.markdown, .object(named), Self.markdown], ["nbformat_minor": 2]))
    let written = try JSON(parsing: notebook.text)
    #expect((0..<3).map { written["cells"]?[$0]?["id"] } == ["cell-1", "cell-3", "cell-3-"])
    #expect(written["nbformat_minor"] == 5)
  }

  @Test("a later minor version and fields that are not known are kept")
  func unknown() throws {
    var cell = Self.markdown.objectValue ?? [:]
    cell["new_field"] = [1]
    let written = try JSON(parsing: Notebook(parsing: Self.notebook([.object(cell)], ["nbformat_minor": 7, "extra": "e"])).text)
    #expect(written["nbformat_minor"] == 7)
    #expect(written["extra"] == "e")
    #expect(written["cells"]?[0]?["new_field"] == [1])
  }

  /// Python's `str.splitlines(keepends=True)`.
  @Test(
    "texts are divided where Python divides them",
    arguments: [
      ("", []), ("a", ["a"]), ("a\n", ["a\n"]), ("a\n\nb", ["a\n", "\n", "b"]), ("a\r\nb\rc", ["a\r\n", "b\r", "c"]),
      ("a\u{B}b\u{C}c\u{1C}d\u{85}e\u{2028}f\u{2029}", ["a\u{B}", "b\u{C}", "c\u{1C}", "d\u{85}", "e\u{2028}", "f\u{2029}"]),
      ("é\u{1F}e\u{301}\n", ["é\u{1F}e\u{301}\n"]),
    ] as [(String, [String])])
  func splitting(text: String, expected: [String]) {
    #expect(lines(of: text) == .array(expected.map { .string($0) }))
  }

  @Test(
    "what is no notebook is refused with one sentence",
    arguments: [
      (Array("[]".utf8), "the file is an array; a notebook is an object"),
      (Array("{".utf8), "line 1, column 2 (byte 1): expected a key in double quotes, found the end of the text"),
      (Array("{}".utf8), "«nbformat» is missing; a notebook says its format"),
      (
        notebook([], ["nbformat": 3]),
        "the notebook has format 3; only format 4 is read (`jupyter nbconvert --to notebook` converts it)"
      ),
      (notebook(.null), "«cells» is null; expected an array"),
      (notebook([3]), "cell 1 is an integer; expected an object"),
      (notebook([markdown, ["cell_type": "heading"]]), "cell 2: «cell_type» is «heading»; expected «code», «markdown» or «raw»"),
      (notebook([["cell_type": "code"]]), "cell 1: «source» is missing; expected a string or an array of strings"),
      (notebook([["cell_type": "code", "source": 3]]), "cell 1: «source» is an integer; expected a string or an array of strings"),
      (notebook([["cell_type": "code", "source": ["a", .null]]]), "cell 1: «source» has null among its lines; expected strings"),
    ] as [([UInt8], String)])
  func refusals(bytes: [UInt8], sentence: String) {
    var message = ""
    do { _ = try Notebook(parsing: bytes) } catch { message = "\(error)" }
    #expect(message == sentence)
  }
}

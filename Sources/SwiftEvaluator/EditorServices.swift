import Display
internal import Glibc
import JupyterKernel

/// Completion and inspection of a cell's text, by the real compiler and with everything that the notebook has declared.
///
/// The text is shown to the compiler behind the imports that make all live names visible; places are moved by the length of those.
struct EditorServices {
  let sourceKit: SourceKit
  let toolchain: Toolchain
  /// Where the modules of the session lie.
  let folder: String
  /// The imports that make every live name visible.
  let prelude: [String]
  /// What makes the modules of packages known.
  let packageArguments: [String]
  /// The number that the notebook shows for each module.
  let numbers: [String: String]

  /// What cells declare is internal to their modules. (A compiler that ignores access, as for cells themselves, would offer the insides of
  /// every library.)
  private var head: String {
    let lines = prelude.map { $0.contains(/\bCell[0-9]+_[0-9a-f]{8}\b/) ? "@testable \($0)" : $0 }
    return (["import CellSupport"] + lines).joined(separator: "\n") + "\n"
  }
  /// Another one for other imports: for a file that it knows, sourcekitd would go on with the modules that it has loaded, and find no new ones.
  private var path: String {
    let digest = head.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    return "\(folder)/editor-\(String(digest, radix: 16)).swift"
  }

  private func ask(_ what: String, _ source: String, offset: Int, _ more: [(key: String, value: SourceKit.Value)] = []) -> JSON? {
    // Some requests read the file, whatever text they are given.
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0, writeAll(descriptor, Array(source.utf8)), close(descriptor) == 0 else { return nil }
    return sourceKit.ask(
      [
        ("request", .name("source.request.\(what)")), ("sourcefile", .text(path)), ("sourcetext", .text(source)),
        ("offset", .number(offset)),
        (
          "compilerargs",
          .texts(
            [path, "-module-name", "Editor", "-swift-version", "5", "-enable-bare-slash-regex", "-I", folder, "-I", toolchain.modules]
              + toolchain.moduleMaps.flatMap { ["-Xcc", "-fmodule-map-file=\($0)"] } + packageArguments)
        ),
      ] + more)
  }

  // MARK: Completion

  /// - Parameter position: the cursor, in Unicode scalars from the beginning of the text.
  func completions(in text: String, at position: Int) -> Completions {
    let scalars = Array(text.unicodeScalars)
    let cursor = min(max(position, 0), scalars.count)
    var start = cursor
    while start > 0, scalars[start - 1].isPartOfIdentifier { start -= 1 }
    let prefix = String(String.UnicodeScalarView(scalars[start..<cursor]))
    let nothing = Completions(start: start, end: cursor, items: [])
    let before = String(String.UnicodeScalarView(scalars[..<start]))
    let answer = ask("codecomplete", head + text, offset: (head + before).utf8.count)
    guard let results = answer?["key.results"]?.arrayValue else { return nothing }
    var found: [(rank: Int, item: Completions.Item)] = []
    var seen: Set<String> = []
    for result in results {
      guard let item = item(result), item.text.lowercased().hasPrefix(prefix.lowercased()),
        prefix.hasPrefix("_") || !item.text.hasPrefix("_"),
        seen.insert(item.text).inserted
      else { continue }
      found.append(((item.text.hasPrefix(prefix) ? 0 : 100) + rank(result), item))
    }
    found.sort { ($0.rank, $0.item.text) < ($1.rank, $1.item.text) }
    return Completions(start: start, end: cursor, items: found.map(\.item))
  }

  private func item(_ result: JSON) -> Completions.Item? {
    guard let source = result["key.sourcetext"]?.stringValue, let description = result["key.description"]?.stringValue else { return nil }
    if result["key.not_recommended"]?.boolValue == true || result["key.not_recommended"]?.intValue == 1 { return nil }
    let kind = result["key.kind"]?.stringValue ?? ""
    if kind.contains("decl.module"), description.wholeMatch(of: /Cell([0-9]+_[0-9a-f]{8}|Support|Gate)|Editor/) != nil { return nil }
    let type = result["key.typename"]?.stringValue ?? ""
    let hasResult = !type.isEmpty && !kind.hasSuffix("keyword") && (kind.contains("function") || kind.contains("decl.var"))
    return Completions.Item(
      text: source.withoutPlaceholders, kind: kind.completionKind,
      signature: tidy(description + (hasResult ? (kind.contains("function") ? " -> " : ": ") + type : "")))
  }

  /// Nearer declarations first.
  private func rank(_ result: JSON) -> Int {
    let order = ["local", "thisclass", "superclass", "outsidenominal", "currentnominal", "thismodule", "exprspecific", "othermodule"]
    let context = result["key.context"]?.stringValue?.split(separator: ".").last.map(String.init) ?? ""
    // What the notebook has declared goes before libraries.
    if let module = result["key.modulename"]?.stringValue, numbers[module] != nil { return 0 }
    let isKeyword = result["key.kind"]?.stringValue == "source.lang.swift.keyword"
    return (order.firstIndex(of: context) ?? order.count) + (isKeyword ? 20 : 1)
  }

  // MARK: Inspection

  /// What the name at the cursor means: its declaration and its documentation; nil when there is no name or nothing is known.
  func inspection(of text: String, at position: Int, isDetailed: Bool) -> MIMEBundle? {
    let scalars = Array(text.unicodeScalars)
    var start = min(max(position, 0), scalars.count)
    while start > 0, scalars[start - 1].isPartOfIdentifier { start -= 1 }
    guard start < scalars.count, scalars[start].isPartOfIdentifier else { return nil }
    let before = String(String.UnicodeScalarView(scalars[..<start]))
    guard let answer = ask("cursorinfo", head + text, offset: (head + before).utf8.count), answer["key.name"] != nil else { return nil }
    let declaration = tidy(answer["key.annotated_decl"]?.stringValue?.withoutMarkup ?? answer["key.name"]?.stringValue ?? "")
      .replacing(#/@(inlinable|_alwaysEmitIntoClient|frozen|_transparent|usableFromInline) /#, with: "")
    let comment = answer["key.doc_comment"]?.stringValue ?? ""
    let brief = comment.split(separator: "\n\n", maxSplits: 1).first.map(String.init) ?? ""
    var parts = [isDetailed ? comment : brief]
    if isDetailed, let module = answer["key.modulename"]?.stringValue, module != "Editor" {
      parts.append(numbers[module].map { "Declared in \($0)." } ?? "From the module \(module).")
    }
    let documentation = parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
    return MIMEBundle(
      text: documentation.isEmpty ? declaration : "\(declaration)\n\n\(documentation)",
      markdown: "```swift\n\(declaration)\n```\n\n\(documentation)")
  }

  private func tidy(_ text: String) -> String { text.replacing(/\bCell[0-9]+_[0-9a-f]{8}\./, with: "") }
}

extension Unicode.Scalar {
  fileprivate var isPartOfIdentifier: Bool { self == "_" || properties.isXIDContinue }
}

extension String {
  /// `index(after: <#T##Int#>)` → `index(after: )`
  fileprivate var withoutPlaceholders: String { replacing(/<#.*?#>/, with: "") }

  /// The text of an XML fragment of sourcekitd.
  fileprivate var withoutMarkup: String {
    replacing(/<[^>]*>/, with: "").replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
      .replacing("&apos;", with: "'").replacing("&amp;", with: "&")
  }

  /// The kinds that JupyterLab knows icons for.
  fileprivate var completionKind: Completions.Kind {
    if hasSuffix("keyword") { return .keyword }
    if contains("function") { return .function }
    if contains("decl.var.local") || contains("decl.var.global") || contains("decl.var.parameter") { return .instance }
    if contains("decl.var") || contains("enumelement") { return .property }
    if contains("decl.module") { return .module }
    if contains("decl.class") || contains("decl.struct") || contains("decl.enum") || contains("decl.protocol") || contains("decl.typealias")
      || contains("decl.actor")
    {
      return .type
    }
    return .other
  }
}

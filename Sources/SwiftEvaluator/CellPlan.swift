import JupyterKernel

/// A cell made ready for the compiler: all that decides what the compiler says of it and makes of it.
///
/// It depends on the cell's text and on what the cells before it have declared, not on the values that they have: so it can be made, and
/// compiled, while they still run. Two plans with the same key have the same outcome.
struct CellPlan: Sendable {
  let cell: Cell
  let syntax: CellSyntax
  /// What the notebook calls the cell: `In[3]`.
  let name: String
  let map: SourceMap
  let isOptimised: Bool
  let key: Digest
  /// The generated lines before the cell's first.
  private let prelude: [String]

  /// - Parameters:
  ///   - keys: the keys of the modules that the scope names.
  ///   - identity: what decides beside the text: compiler, library, options.
  ///   - isPlain: without the insertions, for the compiler's word on the text as it stands.
  init(
    _ cell: Cell, settings: CellSettings, scope: Scope, keys: [String: Digest], identity: (_ isOptimised: Bool) -> Digest,
    isPlain: Bool = false
  ) {
    self.cell = cell
    syntax = CellSyntax(cell.text)
    name = cell.number.map { "In[\($0)]" } ?? "In[*]"
    let edits = isPlain ? [] : CellRewriter(syntax, earlier: scope.variables, earlierTasks: scope.tasks).edits
    map = SourceMap(cell.text, edits: edits)
    isOptimised = settings.isOptimised ?? syntax.hasLoops
    prelude = ["import CellSupport"] + scope.prelude(for: syntax)
    let script = CellPlan.script(prelude, map, name: name, module: "Cell")
    key = Digest(of: identity(isOptimised).bytes + CellPlan.naming(by: keys, in: script))
  }

  /// Generated lines before the cell's first, in the script.
  var linesBefore: Int { prelude.count + 2 }

  /// The compiled module adds nothing that could be in the way of another one of the same text.
  var declaresNothing: Bool {
    syntax.declarations.isEmpty && syntax.additions.isEmpty && syntax.imports.isEmpty && !cell.text.contains("static")
  }

  /// What the compiler reads.
  func script(module: String) -> String { CellPlan.script(prelude, map, name: name, module: module) }

  private static func script(_ prelude: [String], _ map: SourceMap, name: String, module: String) -> String {
    """
    \(prelude.joined(separator: "\n"))
    enum \(Scope.marker(of: module)) {}
    #sourceLocation(file: "\(name)", line: 1)
    \(map.text)

    """
  }

  /// The script with each module named by its key: the same cells have other modules in another session.
  private static func naming(by keys: [String: Digest], in script: String) -> [UInt8] {
    let bytes = Array(script.utf8)
    let opening = Array("Cell".utf8)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      if bytes[index] == opening[0], bytes[index...].starts(with: opening) {
        let end = bytes[index...].firstIndex { !ModuleName.isPart($0) } ?? bytes.count
        if let key = keys[String(decoding: bytes[index..<end], as: UTF8.self)] {
          result += key.bytes
          index = end
          continue
        }
      }
      result.append(bytes[index])
      index += 1
    }
    return result
  }
}

/// What a cell's directives change in how it is compiled.
struct CellSettings: Sendable, Equatable {
  /// Nil: a cell with loops is compiled with optimisation, others are not.
  var isOptimised: Bool?
}

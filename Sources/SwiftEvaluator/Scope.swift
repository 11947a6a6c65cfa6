/// What the cells that ran so far have declared, and which of their modules a new cell must import to see it.
///
/// A cell imports only what it mentions, name by name (`import struct Cell3.Point`), so that of two declarations of a name the newer
/// one holds, and the five-hundredth cell costs what the fifth costs. Members have no scoped import: a module with an extension is imported
/// whole when the cell mentions one of its members or the extended type. Both rules lean on what the compiler does with modules that are
/// loaded but not imported whole: their members give way to those of a module that is.
struct Scope {
  private struct Owner: Equatable {
    var module: String
    var declaration: Declaration
  }

  private var owners: [String: [Owner]] = [:]
  /// Modules that have an overload of a name that a newer cell has replaced, beside others that live.
  private var partlyReplaced: [String: Set<String>] = [:]
  /// Live additions by key, and the module that has each.
  private var additions: [String: (module: String, order: Int, addition: Addition)] = [:]
  private var imports: [String] = []
  private var order = 0

  /// The modules of live variables.
  var variables: [String: String] {
    owners.compactMapValues { $0.last?.declaration.kind == .variable ? $0.last?.module : nil }
  }

  /// Live variables that `async let` declared.
  var tasks: Set<String> { Set(owners.filter { $0.value.last?.declaration.isTask == true }.keys) }

  /// The names that are lost when the process that holds them dies, in alphabetical order.
  var names: [String] { owners.keys.sorted() }

  /// The lines that go before a cell so that it sees what it mentions.
  func prelude(for cell: CellSyntax) -> [String] {
    var lines = imports
    var whole: Set<String> = []
    let declared = Set(cell.declarations.filter { $0.kind != .function }.map(\.name))
    for name in cell.words.sorted() {
      guard let list = owners[name] else { continue }
      // The right side of `let words = words.sorted()` names the variable's module; a type that the cell declares anew hides the old one.
      if declared.contains(name), list.last?.declaration.kind != .variable { continue }
      var seen: Set<String> = []
      for owner in list where seen.insert(owner.module).inserted {
        if partlyReplaced[name]?.contains(owner.module) == true {
          // Where two overloads fit, one that is imported by name goes before one of a module that is imported whole.
          whole.insert(owner.module)
        } else {
          lines.append("import \(owner.declaration.kind.rawValue) \(owner.module).`\(name)`")
        }
      }
    }
    let redeclared = Set(cell.additions.map(\.key))
    var loaded: Set<String> = []
    for (key, entry) in additions where !redeclared.contains(key) {
      if entry.addition.isConformance {
        loaded.insert(entry.module)
      } else if !entry.addition.words.isDisjoint(with: cell.words) {
        whole.insert(entry.module)
      }
    }
    lines += whole.sorted().map { "import \($0)" }
    lines += loaded.subtracting(whole).sorted().map { "import enum \($0).\(Scope.marker(of: $0))" }
    return lines
  }

  /// The lines that make everything visible that cells have declared: what is written next may mention any of it.
  var fullPrelude: [String] {
    var lines = imports
    for name in owners.keys.sorted() {
      for owner in owners[name] ?? [] { lines.append("import \(owner.declaration.kind.rawValue) \(owner.module).`\(name)`") }
    }
    let modules = Set(additions.values.filter { !$0.addition.isConformance }.map(\.module))
    return lines + modules.sorted().map { "import \($0)" }
  }

  /// A name in each module by which it can be loaded without being imported whole.
  static func marker(of module: String) -> String { "_\(module)Module" }

  /// Takes in what a cell has declared; `reached` is the last of its marks that ran.
  mutating func absorb(_ cell: CellSyntax, module: String, reached: UInt32) {
    for statement in cell.imports where !imports.contains(statement) { imports.append(statement) }
    for declaration in cell.declarations where declaration.mark <= reached {
      var list = owners[declaration.name] ?? []
      if declaration.kind == .function {
        let replaced = list.filter { $0.declaration.signature == declaration.signature && $0.module != module }
        partlyReplaced[declaration.name, default: []].formUnion(replaced.map(\.module))
        list.removeAll { $0.declaration.kind != .function || $0.declaration.signature == declaration.signature }
      } else {
        partlyReplaced[declaration.name] = nil
        list.removeAll()
      }
      list.append(Owner(module: module, declaration: declaration))
      owners[declaration.name] = list
    }
    for addition in cell.additions {
      order += 1
      additions[addition.key] = (module, order, addition)
    }
  }
}

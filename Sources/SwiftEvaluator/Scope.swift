/// What the cells that ran so far have declared, and which of their modules a new cell must import to see it.
///
/// A cell imports only what it mentions, name by name (`import struct Cell3.Point`), so that of two declarations of a name the newer
/// one holds, and the five-hundredth cell costs what the fifth costs. Members have no scoped import: a module with an extension is imported
/// whole when the cell mentions one of its members. Both rules lean on what the compiler does with modules that are loaded but not
/// imported whole: their members give way to those of a module that is.
///
/// A conformance has no name that could be mentioned: its module is loaded when the type or the protocol is within the cell's reach. It is
/// loaded for this cell alone, because a conformance that comes with another module could not be stated again.
///
/// A cell that declares a member again exports the module of the old one. What is seen only through a module gives way to that module's
/// own declarations, so the newer member holds, and the rest of the old module stays in sight. Where the old module has nothing else to
/// offer, or the new member differs in its result, so that both would stand side by side, the old module is given up.
struct Scope {
  private struct Owner: Equatable {
    var module: String
    var declaration: Declaration
  }

  private var owners: [String: [Owner]] = [:]
  /// Modules that have an overload of a name that a newer cell has replaced, beside others that live.
  private var partlyReplaced: [String: Set<String>] = [:]
  /// Live additions by key, and the module that has each.
  private var additions: [String: (module: String, addition: Addition)] = [:]
  private var imports: [String] = []
  /// For a module of which something was declared again, the module that exports it.
  private var successors: [String: String] = [:]
  /// Variables that a whole import would bring, but that never got their value.
  private var lost: [String: Set<String>] = [:]
  /// For each module, the modules that the compiler loads with it.
  private var reach: [String: Set<String>] = [:]
  /// For each live conformance, the modules that declare its type or its protocol; none when both come from libraries.
  private var homes: [String: Set<String>] = [:]

  /// The modules of live variables.
  var variables: [String: String] {
    owners.compactMapValues { $0.last?.declaration.kind == .variable ? $0.last?.module : nil }
  }

  /// Live variables in alphabetical order; a computed one is worked out anew at each mention.
  var listedVariables: [(name: String, module: String, isComputed: Bool)] {
    owners.sorted { $0.key < $1.key }.compactMap { name, list in
      guard let last = list.last, last.declaration.kind == .variable else { return nil }
      return (name, last.module, last.declaration.mark == 0)
    }
  }

  /// Live variables that `async let` declared.
  var tasks: Set<String> { Set(owners.filter { $0.value.last?.declaration.isTask == true }.keys) }

  /// The names that are lost when the process that holds them dies, in alphabetical order.
  var names: [String] { owners.keys.sorted() }

  /// The modules that every cell from now on imports as a whole.
  var wholeImports: [String] {
    imports.compactMap { line in
      let words = line.split(separator: " ")
      return words.count == 2 && words[0] == "import" && words[1].utf8.allSatisfy(ModuleName.isPart) ? String(words[1]) : nil
    }
  }

  /// The lines that go before a cell so that it sees what it mentions.
  func prelude(for cell: CellSyntax) -> [String] { plan(for: cell).lines }

  /// The lines that go before a cell, and the modules that come with it where it is imported.
  private func plan(for cell: CellSyntax) -> (lines: [String], modules: Set<String>) {
    var lines = imports
    var named: Set<String> = []
    var whole: Set<String> = []
    let declared = Set(cell.declarations.filter { $0.kind != .function && $0.clause == nil }.map(\.name))
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
          named.insert(owner.module)
        }
      }
    }
    whole.formUnion(modulesWithMembers(for: cell))
    let exported = exports(of: cell)
    whole = Set(whole.map(newest)).subtracting(exported)
    let loaded = modulesWithConformances(for: cell, seeing: named.union(whole).union(exported))
    lines += exported.sorted().map { "@_exported import \($0)" }
    lines += whole.sorted().map { "import \($0)" }
    lines += loaded.sorted().map { "@_implementationOnly import enum \($0).\(Scope.marker(of: $0))" }
    lines += lostNames(mentionedIn: cell, seenThrough: whole.union(exported)).map {
      "@available(*, unavailable, message: \"its cell ended before it got a value\") private var `\($0)`: Never { fatalError() }"
    }
    return (lines, named.union(whole).union(exported))
  }

  private func modulesWithMembers(for cell: CellSyntax) -> Set<String> {
    let redeclared = Set(cell.additions.map(\.key))
    let clashing = replaced(by: cell).clashing
    var modules: Set<String> = []
    for (key, entry) in additions where !entry.addition.isConformance && !redeclared.contains(key) {
      let addition = entry.addition
      let isMentioned =
        addition.isImplicit || !addition.words.isDisjoint(with: cell.words)
        || cell.statesConformance && !addition.subjects.isDisjoint(with: cell.words)
      if isMentioned, !clashing.contains(newest(entry.module)) { modules.insert(entry.module) }
    }
    return modules
  }

  /// Modules to load for their conformances, beside those that come with what the cell sees.
  private func modulesWithConformances(for cell: CellSyntax, seeing seen: Set<String>) -> Set<String> {
    let redeclared = Set(cell.additions.map(\.key))
    var reached = seen.reduce(into: seen) { $0.formUnion(reach[$1] ?? []) }
    var waiting = additions.filter { $0.value.addition.isConformance && !redeclared.contains($0.key) }
    var loaded: Set<String> = []
    // What one conformance brings within reach may ask for another.
    while true {
      let due = waiting.filter { key, entry in
        guard let home = homes[key], !home.isEmpty else { return true }
        return !home.isDisjoint(with: reached)
      }
      if due.isEmpty { return loaded }
      for (key, entry) in due {
        waiting[key] = nil
        if reached.contains(entry.module) { continue }
        loaded.insert(entry.module)
        reached.insert(entry.module)
        reached.formUnion(reach[entry.module] ?? [])
      }
    }
  }

  /// The modules in whose place a cell comes, because it declares again some of what they added.
  private func exports(of cell: CellSyntax) -> Set<String> {
    let replaced = self.replaced(by: cell)
    let redeclared = Set(cell.additions.map(\.key))
    let living = additions.filter { !redeclared.contains($0.key) && !$0.value.addition.isConformance }.map { newest($0.value.module) }
    return replaced.modules.intersection(living).subtracting(replaced.clashing)
  }

  /// The modules of which a cell declares something again, and those of them whose member would be ambiguous with the new one.
  private func replaced(by cell: CellSyntax) -> (modules: Set<String>, clashing: Set<String>) {
    var modules: Set<String> = []
    var clashing: Set<String> = []
    for addition in cell.additions where !addition.isConformance {
      guard let old = additions[addition.key] else { continue }
      modules.insert(newest(old.module))
      if old.addition.result != addition.result { clashing.insert(newest(old.module)) }
    }
    return (modules, clashing)
  }

  /// The module through which a module is seen.
  private func newest(_ module: String) -> String {
    var module = module
    while let next = successors[module] { module = next }
    return module
  }

  private func lostNames(mentionedIn cell: CellSyntax, seenThrough modules: Set<String>) -> [String] {
    let declared = Set(cell.declarations.map(\.name))
    return cell.words.filter { name in
      guard owners[name] == nil, !declared.contains(name), let holders = lost[name] else { return false }
      return holders.contains { modules.contains(newest($0)) }
    }.sorted()
  }

  /// The lines that make everything visible that cells have declared: what is written next may mention any of it.
  var fullPrelude: [String] {
    var lines = imports
    for name in owners.keys.sorted() {
      for owner in owners[name] ?? [] { lines.append("import \(owner.declaration.kind.rawValue) \(owner.module).`\(name)`") }
    }
    let modules = Set(additions.values.filter { !$0.addition.isConformance }.map { newest($0.module) })
    return lines + modules.sorted().map { "import \($0)" }
  }

  /// A name in each module by which it can be loaded without being imported whole.
  static func marker(of module: String) -> String { "_\(module)Module" }

  /// Takes in what a cell has declared; `reached` is the last of its marks that ran, `clauses` are the parts of `#if` that were compiled.
  mutating func absorb(_ cell: CellSyntax, module: String, reached: UInt32, clauses: Set<Int> = []) {
    func isCompiled(_ clause: Int?) -> Bool { clause.map(clauses.contains) ?? true }
    for (statement, clause) in cell.imports where isCompiled(clause) && !imports.contains(statement) { imports.append(statement) }
    reach[module] = plan(for: cell).modules.reduce(into: []) { $0.formUnion((reach[$1] ?? []).union([$1])) }
    let clashing = replaced(by: cell).clashing
    for replaced in exports(of: cell) { successors[replaced] = module }
    additions = additions.filter { $0.value.addition.isConformance || !clashing.contains(newest($0.value.module)) }
    for declaration in cell.declarations where isCompiled(declaration.clause) {
      if declaration.mark > reached {
        lost[declaration.name, default: []].insert(module)
        continue
      }
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
    for addition in cell.additions where isCompiled(addition.clause) {
      additions[addition.key] = (module, addition)
      if addition.isConformance { homes[addition.key] = Set(addition.subjects.compactMap { owners[$0]?.last?.module }) }
    }
  }
}

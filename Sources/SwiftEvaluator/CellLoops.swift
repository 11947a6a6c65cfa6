import SwiftSyntax

extension CellSyntax {
  /// Whether the cell may do some of its work very often: a loop anywhere, or a function that calls itself, if need be through others.
  ///
  /// Such cells are compiled with optimisation, which makes a loop tens of times faster and a small cell some 30 ms later.
  var hasLoops: Bool {
    let finder = LoopFinder(viewMode: .sourceAccurate)
    finder.walk(tree)
    return finder.hasLoop || finder.hasRecursion
  }
}

private final class LoopFinder: SyntaxVisitor {
  private(set) var hasLoop = false
  /// For each function, closure with a name and computed property, the names that its body mentions.
  private var mentions: [String: Set<String>] = [:]
  /// What the walk is inside of. `storage.count` in a property `count` is another's; `left.sum()` in a function `sum` may be its own.
  private var enclosing: [(name: String, isFunction: Bool)] = []

  var hasRecursion: Bool {
    mentions.keys.contains { name in
      var reached: Set<String> = []
      var next = mentions[name] ?? []
      while let callee = next.popFirst() {
        if callee == name { return true }
        if reached.insert(callee).inserted { next.formUnion(mentions[callee] ?? []) }
      }
      return false
    }
  }

  override func visit(_ node: ForStmtSyntax) -> SyntaxVisitorContinueKind { found() }
  override func visit(_ node: WhileStmtSyntax) -> SyntaxVisitorContinueKind { found() }
  override func visit(_ node: RepeatStmtSyntax) -> SyntaxVisitorContinueKind { found() }

  private func found() -> SyntaxVisitorContinueKind {
    hasLoop = true
    return .skipChildren
  }

  override func visit(_ node: FunctionDeclSyntax) -> SyntaxVisitorContinueKind {
    enclosing.append((node.name.text.trimmingBackticks, true))
    return .visitChildren
  }
  override func visitPost(_ node: FunctionDeclSyntax) { enclosing.removeLast() }

  /// `let fibonacci: (Int) -> Int = { n in … fibonacci(n - 1) … }`, and computed properties.
  override func visit(_ node: PatternBindingSyntax) -> SyntaxVisitorContinueKind {
    if node.isCode { enclosing.append((node.pattern.boundNames.first ?? "_", false)) }
    return .visitChildren
  }
  override func visitPost(_ node: PatternBindingSyntax) {
    if node.isCode { enclosing.removeLast() }
  }

  override func visit(_ node: DeclReferenceExprSyntax) -> SyntaxVisitorContinueKind {
    let access = node.parent?.as(MemberAccessExprSyntax.self)
    let isMember = access?.declName.id == node.id && access?.base?.trimmedDescription != "self"
    for (name, isFunction) in enclosing where isFunction || !isMember {
      mentions[name, default: []].insert(node.baseName.text.trimmingBackticks)
    }
    return .visitChildren
  }
}

extension PatternBindingSyntax {
  fileprivate var isCode: Bool { accessorBlock != nil || initializer?.value.is(ClosureExprSyntax.self) == true }
}

import SwiftSyntax

/// The few edits that make a cell a script whose module other cells can build on. Everything else is compiled as it was written.
///
/// - After each variable, a mark says that it has its value.
/// - The last expression is shown.
/// - `await` at the top level waits for a task (see `_cellAwait`).
/// - `private` and `fileprivate` go: the cells of a notebook are one program, and the compiler gives private things no name to link to.
/// - `#column` and, outside of functions, `#function` have the value that they would have without the edits: the name of a script is `main`.
/// - Each clause of an `#if` names itself, so that the object tells which of them were compiled.
/// - `guard let` declares a global, which the compiler otherwise keeps from other modules.
/// - `let words = words.filter …` means the `words` of an earlier cell on its right side.
struct CellRewriter {
  let syntax: CellSyntax
  /// The modules of variables that earlier cells declared.
  let earlier: [String: String]
  /// Variables that are tasks, because `async let` declared them, in this cell or an earlier one.
  let tasks: Set<String>
  private(set) var edits: [SourceMap.Edit] = []
  private var loops = 0

  init(_ syntax: CellSyntax, earlier: [String: String], earlierTasks: Set<String>) {
    self.syntax = syntax
    self.earlier = earlier
    tasks = earlierTasks.subtracting(syntax.declarations.map(\.name)).union(syntax.declarations.filter(\.isTask).map(\.name))
    open(syntax.tree)
    evaluateLiterals(in: syntax.tree)
    for (index, position) in syntax.clauses.enumerated() {
      insert("enum \(CellRewriter.clauseName(index)) {};", at: position, rank: 0)
    }
    for statement in syntax.statements {
      if let guardNode = statement.item.as(GuardStmtSyntax.self) { declare(guardNode) }
      if let variables = statement.item.as(VariableDeclSyntax.self) { qualify(variables) }
      waitForTasks(in: Syntax(statement))
    }
    showLastExpression(of: syntax.tree.statements)
    for mark in syntax.marks { insert(";_cellReached(\(mark.mark))", at: mark.position, rank: 90) }
  }

  /// The type that marks a clause of an `#if`.
  static func clauseName(_ index: Int) -> String { "_CellClause\(index)" }

  private mutating func insert(_ text: String, at offset: Int, rank: Int) {
    edits.append(SourceMap.Edit(offset: offset, text: text, rank: rank))
  }

  /// Replaces a token by a text that may be longer or shorter.
  private mutating func replace(_ token: TokenSyntax, by text: String) {
    let start = token.positionAfterSkippingLeadingTrivia.utf8Offset
    edits.append(SourceMap.Edit(offset: start, length: token.trimmedLength.utf8Length, text: text, rank: 50))
  }

  private mutating func open(_ tree: SourceFileSyntax) {
    final class Modifiers: SyntaxVisitor {
      var tokens: [TokenSyntax] = []
      override func visit(_ node: DeclModifierSyntax) -> SyntaxVisitorContinueKind {
        if [.keyword(.private), .keyword(.fileprivate)].contains(node.name.tokenKind) {
          tokens += node.tokens(viewMode: .sourceAccurate)
        }
        return .skipChildren
      }
    }
    let modifiers = Modifiers(viewMode: .sourceAccurate)
    modifiers.walk(tree)
    for token in modifiers.tokens { replace(token, by: "") }
  }

  private mutating func evaluateLiterals(in tree: SourceFileSyntax) {
    final class Literals: SyntaxVisitor {
      var columns: [MacroExpansionExprSyntax] = []
      var names: [MacroExpansionExprSyntax] = []
      private var depth = 0
      override func visit(_ node: MacroExpansionExprSyntax) -> SyntaxVisitorContinueKind {
        if node.macroName.text == "column" { columns.append(node) }
        if node.macroName.text == "function", depth == 0 { names.append(node) }
        return .visitChildren
      }
      override func visit(_ node: FunctionDeclSyntax) -> SyntaxVisitorContinueKind { enter() }
      override func visitPost(_ node: FunctionDeclSyntax) { depth -= 1 }
      override func visit(_ node: AccessorBlockSyntax) -> SyntaxVisitorContinueKind { enter() }
      override func visitPost(_ node: AccessorBlockSyntax) { depth -= 1 }
      override func visit(_ node: MemberBlockSyntax) -> SyntaxVisitorContinueKind { enter() }
      override func visitPost(_ node: MemberBlockSyntax) { depth -= 1 }
      private func enter() -> SyntaxVisitorContinueKind {
        depth += 1
        return .visitChildren
      }
    }
    // Only names that the parser has read can matter.
    guard syntax.words.contains("column") || syntax.words.contains("function") else { return }
    let literals = Literals(viewMode: .sourceAccurate)
    literals.walk(tree)
    let converter = literals.columns.isEmpty ? nil : SourceLocationConverter(fileName: "", tree: tree)
    for node in literals.columns {
      let column = converter?.location(for: node.positionAfterSkippingLeadingTrivia).column ?? 0
      replace(node.pound, by: "\(column)")
      replace(node.macroName, by: "")
    }
    for node in literals.names {
      replace(node.pound, by: "\"main\"")
      replace(node.macroName, by: "")
    }
  }

  // MARK: The result

  private mutating func showLastExpression(of statements: CodeBlockItemListSyntax) {
    guard let last = statements.last, last.semicolon == nil else { return }
    for clause in last.asIfConfig?.clauses ?? [] {
      if case .statements(let statements) = clause.elements { showLastExpression(of: statements) }
    }
    guard case .expr(let expression) = last.item, !expression.isStatement else { return }
    insert("_cellResult(", at: last.item.positionAfterSkippingLeadingTrivia.utf8Offset, rank: 10)
    insert(")", at: last.item.endPositionBeforeTrailingTrivia.utf8Offset, rank: 80)
  }

  // MARK: guard

  /// `guard let a = f(), a > 0 else { throw E() }` becomes `let a = if let a = f(), a > 0 { a } else { try { … throw E() }() }`.
  private mutating func declare(_ node: GuardStmtSyntax) {
    let names = node.conditions.flatMap(\.boundNames)
    // What the same cell declares twice is for the compiler to say.
    guard !names.isEmpty, !names.contains(where: { name in syntax.declarations.filter { $0.name == name }.count > 1 }) else { return }
    qualify(node.conditions)
    let tuple = names.count == 1 ? names[0] : "(\(names.joined(separator: ", ")))"
    let isVariable = node.conditions.contains { $0.trimmedDescription.hasPrefix("var ") }
    replace(node.guardKeyword, by: "\(isVariable ? "var" : "let") \(tuple) = if")
    replace(node.elseKeyword, by: "{ \(tuple) } else")
    insert("{ try { () throws -> Never in ", at: node.body.positionAfterSkippingLeadingTrivia.utf8Offset, rank: 40)
    edits.append(SourceMap.Edit(offset: node.body.leftBrace.positionAfterSkippingLeadingTrivia.utf8Offset, length: 1, text: "", rank: 45))
    insert("}() ", at: node.body.rightBrace.positionAfterSkippingLeadingTrivia.utf8Offset, rank: 60)
  }

  // MARK: A name on both sides

  private mutating func qualify(_ node: VariableDeclSyntax) {
    for binding in node.bindings {
      guard let value = binding.initializer?.value else { continue }
      for name in binding.pattern.boundNames { qualify(name, in: value) }
    }
  }

  private mutating func qualify(_ name: String, in value: ExprSyntax) {
    guard let module = earlier[name], !value.is(ClosureExprSyntax.self) else { return }
    let references = References(to: name)
    references.walk(value)
    if references.isShadowed { return }
    for position in references.positions { insert("\(module).", at: position, rank: 30) }
  }

  /// `guard let x` means the `x` of an earlier cell, and so does every mention of it up to there.
  private mutating func qualify(_ conditions: ConditionElementListSyntax) {
    var later = Set(conditions.flatMap(\.boundNames))
    for element in conditions {
      let value: ExprSyntax? =
        switch element.condition {
        case .expression(let condition): condition
        case .optionalBinding(let binding): binding.initializer?.value
        case .matchingPattern(let matching): matching.initializer.value
        default: nil
        }
      for name in later.sorted() {
        if let value { qualify(name, in: value) }
      }
      if case .optionalBinding(let binding) = element.condition, binding.initializer == nil,
        let name = binding.pattern.boundNames.first, let module = earlier[name]
      {
        insert(" = \(module).`\(name)`", at: binding.pattern.endPositionBeforeTrailingTrivia.utf8Offset, rank: 30)
      }
      later.subtract(element.boundNames)
    }
  }

  /// Where an expression mentions a variable, and whether something inside gives the same name another meaning.
  private final class References: SyntaxVisitor {
    let name: String
    var positions: [Int] = []
    var isShadowed = false

    init(to name: String) {
      self.name = name
      super.init(viewMode: .sourceAccurate)
    }

    override func visit(_ node: DeclReferenceExprSyntax) -> SyntaxVisitorContinueKind {
      let isMember = node.parent?.as(MemberAccessExprSyntax.self)?.declName.id == node.id
      if node.baseName.text.trimmingBackticks == name, !isMember, node.parent?.is(KeyPathPropertyComponentSyntax.self) != true {
        positions.append(node.positionAfterSkippingLeadingTrivia.utf8Offset)
      }
      return .visitChildren
    }
    override func visit(_ node: IdentifierPatternSyntax) -> SyntaxVisitorContinueKind {
      if node.identifier.text.trimmingBackticks == name { isShadowed = true }
      return .visitChildren
    }
    override func visit(_ node: ClosureShorthandParameterSyntax) -> SyntaxVisitorContinueKind {
      if node.name.text.trimmingBackticks == name { isShadowed = true }
      return .visitChildren
    }
    override func visit(_ node: ClosureParameterSyntax) -> SyntaxVisitorContinueKind {
      if (node.secondName ?? node.firstName).text.trimmingBackticks == name { isShadowed = true }
      return .visitChildren
    }
    override func visit(_ node: ClosureCaptureSyntax) -> SyntaxVisitorContinueKind {
      if node.name.text.trimmingBackticks == name { isShadowed = true }
      return .visitChildren
    }
  }

  // MARK: await

  private mutating func waitForTasks(in node: Syntax) {
    let finder = AwaitFinder(viewMode: .sourceAccurate)
    finder.walk(node)
    var wrapped: Set<SyntaxIdentifier> = []
    for expression in finder.awaits {
      let top = expression.topmostExpression
      if wrapped.insert(top.id).inserted { wrap(top) }
    }
    for loop in finder.loops { wait(in: loop) }
    for declaration in finder.asyncLets { makeTasks(of: declaration) }
  }

  private mutating func wrap(_ top: ExprSyntax) {
    var start = top.positionAfterSkippingLeadingTrivia.utf8Offset
    if let sequence = top.as(SequenceExprSyntax.self) {
      // In `x = await f()`, only the right side is the task's: a constant may get its only value here.
      let elements = Array(sequence.elements)
      if let assignment = elements.firstIndex(where: { $0.is(AssignmentExprSyntax.self) }), assignment + 1 < elements.count,
        !elements[..<assignment].contains(where: { $0.is(TryExprSyntax.self) || $0.is(AwaitExprSyntax.self) })
      {
        start = elements[assignment + 1].positionAfterSkippingLeadingTrivia.utf8Offset
      }
    }
    let effects = EffectFinder(tasks: tasks)
    effects.walk(top)
    insert(effects.throwsOut ? "try _cellAwaitThrowing({ " : "_cellAwait({ ", at: start, rank: 20)
    insert(" })", at: top.endPositionBeforeTrailingTrivia.utf8Offset, rank: 70)
    for position in effects.taskUses { insert(".value", at: position, rank: 35) }
  }

  /// `for try await x in s { … }` becomes `for x in _CellSequence(s, 1) { … };try _cellRethrow(1)`.
  private mutating func wait(in loop: ForStmtSyntax) {
    loops += 1
    if let keyword = loop.tryKeyword { replace(keyword, by: "") }
    if let keyword = loop.awaitKeyword { replace(keyword, by: "") }
    insert("_CellSequence(", at: loop.sequence.positionAfterSkippingLeadingTrivia.utf8Offset, rank: 15)
    insert(", \(loops))", at: loop.sequence.endPositionBeforeTrailingTrivia.utf8Offset, rank: 75)
    if loop.tryKeyword != nil { insert(";try _cellRethrow(\(loops))", at: loop.endPositionBeforeTrailingTrivia.utf8Offset, rank: 78) }
  }

  /// `async let x = f()` becomes `let x = Task { await f() }`; where `x` is used, its value is waited for.
  private mutating func makeTasks(of node: VariableDeclSyntax) {
    if let modifier = node.modifiers.first(where: { $0.name.tokenKind == .keyword(.async) }) { replace(modifier.name, by: "") }
    for binding in node.bindings {
      guard let value = binding.initializer?.value else { continue }
      let mayThrow = binding.pattern.boundNames.contains { syntax.usesInTry.contains($0) }
      insert(mayThrow ? "Task { try await " : "Task { await ", at: value.positionAfterSkippingLeadingTrivia.utf8Offset, rank: 20)
      insert(" }", at: value.endPositionBeforeTrailingTrivia.utf8Offset, rank: 70)
    }
  }
}

/// What of a statement is asynchronous in the cell's own top-level code: closures and declarations inside have contexts of their own.
private final class AwaitFinder: SyntaxVisitor {
  var awaits: [ExprSyntax] = []
  var loops: [ForStmtSyntax] = []
  var asyncLets: [VariableDeclSyntax] = []

  override func visit(_ node: AwaitExprSyntax) -> SyntaxVisitorContinueKind {
    awaits.append(ExprSyntax(node))
    return .skipChildren
  }
  override func visit(_ node: ForStmtSyntax) -> SyntaxVisitorContinueKind {
    if node.awaitKeyword != nil { loops.append(node) }
    return .visitChildren
  }
  override func visit(_ node: VariableDeclSyntax) -> SyntaxVisitorContinueKind {
    if node.isAsyncLet {
      asyncLets.append(node)
      return .skipChildren
    }
    return .visitChildren
  }
  override func visit(_ node: ClosureExprSyntax) -> SyntaxVisitorContinueKind { .skipChildren }
  override func visit(_ node: FunctionDeclSyntax) -> SyntaxVisitorContinueKind { .skipChildren }
  override func visit(_ node: AccessorBlockSyntax) -> SyntaxVisitorContinueKind { .skipChildren }
  override func visit(_ node: MemberBlockSyntax) -> SyntaxVisitorContinueKind { .skipChildren }
}

/// What the closure around an awaited expression needs to know of it.
private final class EffectFinder: SyntaxVisitor {
  let tasks: Set<String>
  var throwsOut = false
  /// Where `.value` belongs.
  var taskUses: [Int] = []

  init(tasks: Set<String>) {
    self.tasks = tasks
    super.init(viewMode: .sourceAccurate)
  }

  override func visit(_ node: TryExprSyntax) -> SyntaxVisitorContinueKind {
    if node.questionOrExclamationMark == nil { throwsOut = true }
    return .visitChildren
  }
  override func visit(_ node: DeclReferenceExprSyntax) -> SyntaxVisitorContinueKind {
    let isMember = node.parent?.as(MemberAccessExprSyntax.self)?.declName.id == node.id
    if !isMember, tasks.contains(node.baseName.text.trimmingBackticks) { taskUses.append(node.endPositionBeforeTrailingTrivia.utf8Offset) }
    return .visitChildren
  }
  override func visit(_ node: ClosureExprSyntax) -> SyntaxVisitorContinueKind { .skipChildren }
}

extension CellSyntax {
  /// Names that the cell mentions under a `try`.
  fileprivate var usesInTry: Set<String> {
    final class Finder: SyntaxVisitor {
      var names: Set<String> = []
      override func visit(_ node: TryExprSyntax) -> SyntaxVisitorContinueKind {
        if node.questionOrExclamationMark == nil {
          for case .identifier(let name) in ExprSyntax(node).topmostExpression.tokens(viewMode: .sourceAccurate).map(\.tokenKind) {
            names.insert(name.trimmingBackticks)
          }
        }
        return .skipChildren
      }
    }
    let finder = Finder(viewMode: .sourceAccurate)
    finder.walk(tree)
    return finder.names
  }
}

extension ExprSyntax {
  /// The largest expression around this one that belongs to the same statement or condition.
  fileprivate var topmostExpression: ExprSyntax {
    var top = self
    var node = Syntax(self)
    while let parent = node.parent, !parent.is(ClosureExprSyntax.self) {
      if let expression = parent.as(ExprSyntax.self) {
        if parent.is(IfExprSyntax.self) || parent.is(SwitchExprSyntax.self) { break }
        top = expression
      } else if !Self.isPartOfExpression(parent) {
        break
      }
      node = parent
    }
    return top
  }

  private static func isPartOfExpression(_ node: Syntax) -> Bool {
    switch node.kind {
    case .exprList, .labeledExpr, .labeledExprList, .arrayElement, .arrayElementList, .dictionaryElement, .dictionaryElementList,
      .expressionSegment, .stringLiteralSegmentList, .multipleTrailingClosureElement, .multipleTrailingClosureElementList:
      true
    default: false
    }
  }

  /// What looks like an expression and is none: it has no value, and stands alone.
  fileprivate var isStatement: Bool {
    // A lone `nil` has no type that could be shown; so the compiler's word on it names nothing else.
    if self.is(IfExprSyntax.self) || self.is(SwitchExprSyntax.self) || self.is(NilLiteralExprSyntax.self) { return true }
    if let macro = self.as(MacroExpansionExprSyntax.self), ["error", "warning", "sourceLocation"].contains(macro.macroName.text) {
      return true
    }
    return isAssignment
  }

  /// `a = b`, possibly under `try` or `await`: it has no value that could be shown.
  fileprivate var isAssignment: Bool {
    if let sequence = self.as(SequenceExprSyntax.self) { return sequence.elements.contains { $0.is(AssignmentExprSyntax.self) } }
    if let attempt = self.as(TryExprSyntax.self) { return attempt.expression.isAssignment }
    if let waiting = self.as(AwaitExprSyntax.self) { return waiting.expression.isAssignment }
    return false
  }
}

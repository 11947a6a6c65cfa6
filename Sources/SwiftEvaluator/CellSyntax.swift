import SwiftParser
import SwiftSyntax

/// What a cell declares, mentions and imports, from its syntax tree alone.
struct CellSyntax {
  let text: String
  let tree: SourceFileSyntax
  /// The statements at the top level, those inside `#if` among them.
  private(set) var statements: [CodeBlockItemSyntax] = []
  /// Whole `import` statements, as they are written.
  private(set) var imports: [(statement: String, clause: Int?)] = []
  private(set) var declarations: [Declaration] = []
  private(set) var additions: [Addition] = []
  /// Whether a type or an extension states a conformance: its witnesses may be members that the cell does not mention.
  private(set) var statesConformance = false
  /// Every identifier and operator in the text, but for names that only something declared here has.
  private(set) var words: Set<String> = []
  /// Ends of top-level declarations of variables, with the number of the mark that follows each.
  private(set) var marks: [(position: Int, mark: UInt32)] = []
  /// Where each clause of an `#if` at the top level begins. The compiler decides which of them are part of the program.
  private(set) var clauses: [Int] = []
  /// The clause that is being read.
  private var clause: Int?

  /// There is nothing to compile: white space and comments.
  var isEmpty: Bool { tree.statements.isEmpty && !tree.hasError }

  init(_ text: String) {
    self.text = text
    tree = Parser.parse(source: text)
    for token in tree.tokens(viewMode: .sourceAccurate) {
      switch token.tokenKind {
      case .identifier(let name): if !token.isDeclaredName { words.insert(name.trimmingBackticks) }
      case .binaryOperator(let name), .prefixOperator(let name), .postfixOperator(let name): words.insert(name)
      case .keyword(.`init`), .leftSquare: words.insert(token.text)
      case .colon: if token.parent?.is(InheritanceClauseSyntax.self) == true { statesConformance = true }
      default: break
      }
    }
    collect(tree.statements)
    // Declared without a value: it has one when the cell has finished.
    let last = (marks.last?.mark ?? 0) + 1
    for index in declarations.indices where declarations[index].mark == .max { declarations[index].mark = last }
    if let end = tree.statements.last, end.asIfConfig == nil, declarations.contains(where: { $0.mark == last }) {
      marks.append((end.endPositionBeforeTrailingTrivia.utf8Offset, last))
    }
  }

  private mutating func collect(_ statements: CodeBlockItemListSyntax) {
    for statement in statements {
      if let conditional = statement.asIfConfig {
        collectClauses(of: conditional)
        continue
      }
      self.statements.append(statement)
      switch statement.item {
      case .decl(let declaration): collect(declaration, end: statement)
      case .stmt(let node):
        if let node = node.as(GuardStmtSyntax.self) { collectGuard(node) }
      default: break
      }
    }
  }

  private mutating func collectClauses(of conditional: IfConfigDeclSyntax) {
    let outer = clause
    defer { clause = outer }
    for part in conditional.clauses {
      guard case .statements(let statements) = part.elements, let first = statements.first else { continue }
      clause = clauses.count
      clauses.append(first.positionAfterSkippingLeadingTrivia.utf8Offset)
      collect(statements)
    }
  }

  private mutating func collect(_ declaration: DeclSyntax, end statement: CodeBlockItemSyntax) {
    func add(_ name: TokenSyntax, _ kind: Declaration.Kind) {
      let name = name.text.trimmingBackticks
      declarations.append(Declaration(name: name, kind: kind, signature: name, mark: 0, clause: clause))
    }
    func add(_ key: String, word: String, isImplicit: Bool = false) {
      additions.append(Addition(key: key, words: [word], isConformance: false, isImplicit: isImplicit, clause: clause))
    }
    if let node = declaration.as(VariableDeclSyntax.self) {
      collect(node, end: statement)
    } else if let node = declaration.as(FunctionDeclSyntax.self) {
      if case .identifier = node.name.tokenKind {
        let types = node.signature.parameterClause.parameters.map { "\($0.firstName.text):\($0.type.trimmedDescription)" }
        let name = node.name.text.trimmingBackticks
        declarations.append(
          Declaration(name: name, kind: .function, signature: "\(name)(\(types.joined(separator: ",")))", mark: 0, clause: clause))
      } else {
        let signature = node.signature.parameterClause.parameters.map(\.type.trimmedDescription).joined(separator: ",")
        add("operator \(node.name.text)(\(signature))", word: node.name.text, isImplicit: node.name.text == "~=")
      }
    } else if let node = declaration.as(StructDeclSyntax.self) {
      add(node.name, .structure)
    } else if let node = declaration.as(ClassDeclSyntax.self) {
      add(node.name, .class)
    } else if let node = declaration.as(ActorDeclSyntax.self) {
      add(node.name, .class)
    } else if let node = declaration.as(EnumDeclSyntax.self) {
      add(node.name, .enumeration)
    } else if let node = declaration.as(ProtocolDeclSyntax.self) {
      add(node.name, .protocol)
    } else if let node = declaration.as(TypeAliasDeclSyntax.self) {
      add(node.name, .alias)
    } else if let node = declaration.as(ImportDeclSyntax.self) {
      imports.append((node.trimmedDescription, clause))
    } else if let node = declaration.as(ExtensionDeclSyntax.self) {
      collectExtension(node)
    } else if let node = declaration.as(OperatorDeclSyntax.self) {
      add("\(node.fixitySpecifier.text) operator \(node.name.text)", word: node.name.text)
    } else if let node = declaration.as(PrecedenceGroupDeclSyntax.self) {
      add("precedencegroup \(node.name.text)", word: node.name.text)
    }
    if let node = declaration.asProtocol((any DeclGroupSyntax).self) { collectOperators(of: node.memberBlock) }
  }

  private mutating func collect(_ node: VariableDeclSyntax, end statement: CodeBlockItemSyntax) {
    var names: [(name: String, mark: UInt32)] = []
    let next = (marks.last?.mark ?? 0) + 1
    for binding in node.bindings {
      let hasValue = binding.initializer != nil || binding.typeAnnotation?.type.is(OptionalTypeSyntax.self) == true
      let isComputed = binding.initializer == nil && binding.accessorBlock != nil
      for name in binding.pattern.boundNames { names.append((name, isComputed ? 0 : hasValue ? next : .max)) }
    }
    let isTask = node.isAsyncLet
    for (name, mark) in names {
      declarations.append(Declaration(name: name, kind: .variable, signature: name, mark: mark, isTask: isTask, clause: clause))
    }
    if names.contains(where: { $0.mark == next }) { marks.append((statement.item.endPositionBeforeTrailingTrivia.utf8Offset, next)) }
  }

  private mutating func collectGuard(_ node: GuardStmtSyntax) {
    let names = node.conditions.flatMap(\.boundNames)
    if names.isEmpty { return }
    let next = (marks.last?.mark ?? 0) + 1
    for name in names { declarations.append(Declaration(name: name, kind: .variable, signature: name, mark: next, clause: clause)) }
    marks.append((node.endPositionBeforeTrailingTrivia.utf8Offset, next))
  }

  private mutating func collectExtension(_ node: ExtensionDeclSyntax) {
    let type = node.extendedType.trimmedDescription
    let typeWords = Set(node.extendedType.tokens(viewMode: .sourceAccurate).map(\.text))
    for inherited in node.inheritanceClause?.inheritedTypes ?? [] {
      let subjects = typeWords.union(inherited.type.tokens(viewMode: .sourceAccurate).map(\.text))
      additions.append(
        Addition(
          key: "\(type): \(inherited.type.trimmedDescription)", words: [], subjects: subjects, isConformance: true, clause: clause))
    }
    for member in node.memberBlock.members {
      for (name, signature) in member.decl.memberNames {
        additions.append(
          Addition(
            // An initialiser is called by the name of its type.
            key: "\(type).\(signature)", result: member.decl.resultType, words: name == "init" ? typeWords.union([name]) : [name],
            subjects: typeWords, isConformance: false, isImplicit: CellSyntax.isUsedImplicitly(name, signature), clause: clause))
      }
    }
  }

  /// `static func == …` inside a type is found wherever the type is; a new operator must still be visible.
  private mutating func collectOperators(of block: MemberBlockSyntax) {
    for member in block.members {
      guard let function = member.decl.as(FunctionDeclSyntax.self) else { continue }
      if case .identifier = function.name.tokenKind { continue }
      additions.append(
        Addition(
          key: "member operator \(function.name.text) \(block.position.utf8Offset)", words: [function.name.text], isConformance: false,
          isImplicit: function.name.text == "~=", clause: clause))
    }
  }

  /// Members that the language calls where the cell writes no name.
  private static func isUsedImplicitly(_ name: String, _ signature: String) -> Bool {
    switch name {
    case "callAsFunction", "dynamicallyCall", "appendInterpolation", "wrappedValue", "projectedValue", "~=": true
    case "[": signature.hasPrefix("subscript(dynamicMember")
    default: name.hasPrefix("build") && name.dropFirst(5).first?.isUppercase == true
    }
  }
}

extension String {
  var trimmingBackticks: String { hasPrefix("`") && hasSuffix("`") && count > 2 ? String(dropFirst().dropLast()) : self }
}

extension TokenSyntax {
  /// The name of what a declaration declares, at its own place.
  fileprivate var isDeclaredName: Bool {
    guard let parent else { return false }
    if parent.is(IdentifierPatternSyntax.self) { return true }
    return parent.as(FunctionDeclSyntax.self)?.name.id == id || parent.as(EnumCaseElementSyntax.self)?.name.id == id
  }
}

extension CodeBlockItemSyntax {
  /// `#if … #endif`, when that is what the statement is.
  var asIfConfig: IfConfigDeclSyntax? { item.as(IfConfigDeclSyntax.self) }
}

extension VariableDeclSyntax {
  var isAsyncLet: Bool { modifiers.contains { $0.name.tokenKind == .keyword(.async) } }
}

extension PatternSyntax {
  /// The names that the pattern gives to values, from left to right.
  var boundNames: [String] {
    if let node = self.as(IdentifierPatternSyntax.self) { return [node.identifier.text.trimmingBackticks] }
    if let node = self.as(TuplePatternSyntax.self) { return node.elements.flatMap(\.pattern.boundNames) }
    if let node = self.as(ValueBindingPatternSyntax.self) { return node.pattern.boundNames }
    if let node = self.as(ExpressionPatternSyntax.self) {
      let names = BoundNames(viewMode: .sourceAccurate)
      names.walk(node)
      return names.names
    }
    return []
  }

  private final class BoundNames: SyntaxVisitor {
    var names: [String] = []
    override func visit(_ node: IdentifierPatternSyntax) -> SyntaxVisitorContinueKind {
      names.append(node.identifier.text.trimmingBackticks)
      return .skipChildren
    }
    override func visit(_ node: ClosureExprSyntax) -> SyntaxVisitorContinueKind { .skipChildren }
  }
}

extension ConditionElementSyntax {
  /// The names that `if let`, `guard let` or `guard case` introduce.
  var boundNames: [String] {
    switch condition {
    case .optionalBinding(let binding): binding.pattern.boundNames
    case .matchingPattern(let matching): matching.pattern.boundNames
    default: []
    }
  }
}

extension DeclSyntax {
  fileprivate var resultType: String {
    if let node = self.as(FunctionDeclSyntax.self) { return node.signature.returnClause?.type.trimmedDescription ?? "" }
    if let node = self.as(SubscriptDeclSyntax.self) { return node.returnClause.type.trimmedDescription }
    if let node = self.as(VariableDeclSyntax.self) { return node.bindings.first?.typeAnnotation?.type.trimmedDescription ?? "" }
    return ""
  }

  /// For a member of an extension: the word by which it is used, and what tells it from others of that name.
  fileprivate var memberNames: [(name: String, signature: String)] {
    if let node = self.as(IfConfigDeclSyntax.self) {
      return node.clauses.flatMap { clause -> [(name: String, signature: String)] in
        guard case .decls(let members) = clause.elements else { return [] }
        return members.flatMap(\.decl.memberNames)
      }
    }
    if let node = self.as(FunctionDeclSyntax.self) {
      let types = node.signature.parameterClause.parameters.map { "\($0.firstName.text):\($0.type.trimmedDescription)" }
      return [(node.name.text.trimmingBackticks, "\(node.name.text)(\(types.joined(separator: ",")))")]
    }
    if let node = self.as(VariableDeclSyntax.self) { return node.bindings.flatMap(\.pattern.boundNames).map { ($0, $0) } }
    if let node = self.as(InitializerDeclSyntax.self) { return [("init", "init\(node.signature.parameterClause.trimmedDescription)")] }
    if let node = self.as(SubscriptDeclSyntax.self) { return [("[", "subscript\(node.parameterClause.trimmedDescription)")] }
    if let node = self.as(EnumCaseDeclSyntax.self) { return node.elements.map { ($0.name.text, $0.name.text) } }
    for name in [
      self.as(StructDeclSyntax.self)?.name, self.as(ClassDeclSyntax.self)?.name, self.as(EnumDeclSyntax.self)?.name,
      self.as(ActorDeclSyntax.self)?.name, self.as(TypeAliasDeclSyntax.self)?.name,
    ].compactMap({ $0?.text.trimmingBackticks }) { return [(name, name)] }
    return []
  }
}

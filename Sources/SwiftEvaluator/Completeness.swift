import JupyterKernel
import SwiftParser
import SwiftSyntax

extension Completeness {
  /// Whether a person who pressed Enter after this text wants to go on writing it.
  init(of text: String) {
    let tree = Parser.parse(source: text)
    if !tree.hasError {
      self = .complete
      return
    }
    if tree.endsInComment {
      self = .incomplete(indent: "")
      return
    }
    // Something is missing at the very end, or open: more may come. Something wrong before the end stays wrong.
    var isMissingAtEnd = false
    var isWrongBefore = false
    let end = tree.endPositionBeforeTrailingTrivia.utf8Offset
    for token in tree.tokens(viewMode: .all) {
      if token.presence == .missing {
        if token.position.utf8Offset >= end { isMissingAtEnd = true } else { isWrongBefore = true }
      } else if token.parent?.is(UnexpectedNodesSyntax.self) == true {
        isWrongBefore = true
      }
    }
    if isWrongBefore || !isMissingAtEnd {
      self = .invalid
      return
    }
    var depth = 0
    for token in tree.tokens(viewMode: .sourceAccurate) {
      switch token.tokenKind {
      case .leftBrace, .leftParen, .leftSquare: depth += 1
      case .rightBrace, .rightParen, .rightSquare: depth -= 1
      default: break
      }
    }
    self = .incomplete(indent: String(repeating: "  ", count: max(0, depth)))
  }
}

extension SourceFileSyntax {
  /// Whether a block comment is still open at the end; they nest.
  fileprivate var endsInComment: Bool {
    let own = endOfFileToken.leadingTrivia
    let trivia = own.isEmpty ? endOfFileToken.previousToken(viewMode: .sourceAccurate)?.trailingTrivia : own
    guard case .blockComment(let text)? = trivia?.pieces.last else { return false }
    return text.split(separator: "/*", omittingEmptySubsequences: false).count
      > text.split(separator: "*/", omittingEmptySubsequences: false).count
  }
}

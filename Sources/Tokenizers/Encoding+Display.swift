public import Display

extension Encoding: Displayable {
  /// The tokens with their ids, and which bytes of the text they stand for.
  ///
  /// ```
  /// token  id    bytes
  /// ─────  ────  ─────
  /// [CLS]   101  –
  /// hello  7592  0–5
  /// ```
  public var table: Table {
    let tokens = tokens
    return Table(ids.indices) {
      Column("token") { tokens[$0].isEmpty ? "–" : tokens[$0] }
      Column("id") { ids[$0] }
      Column("bytes") { offsets[$0].isEmpty ? "–" : "\(offsets[$0].lowerBound)–\(offsets[$0].upperBound)" }
    }
  }

  public var mimeBundle: MIMEBundle { table.mimeBundle }
}

/// What a code point is: its general category and the few other properties that tokenizers ask for.
///
/// The sets for BERT and for accents are older than the general categories: see `Scripts/make-unicode-tables.py`.
struct ScalarProperties: OptionSet, Hashable {
  let rawValue: UInt64

  static let whiteSpace = ScalarProperties(rawValue: 1 << 30)
  /// What `\w` matches: Alphabetic, marks, decimal digits, connectors, joiners (UTS 18).
  static let word = ScalarProperties(rawValue: 1 << 31)
  /// What BERT takes for punctuation: Unicode's, and every ASCII symbol.
  static let bertPunctuation = ScalarProperties(rawValue: 1 << 32)
  /// What BERT takes for a control character: Cc, Cf and Co.
  static let bertControl = ScalarProperties(rawValue: 1 << 33)
  /// What BERT takes for an accent: Mn.
  static let bertAccent = ScalarProperties(rawValue: 1 << 34)
  /// What `StripAccents` removes: Mn, Mc and Me.
  static let accent = ScalarProperties(rawValue: 1 << 35)

  static let letter = ScalarProperties(category: "L")!
  static let number = ScalarProperties(category: "N")!

  private static let categories = [
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So",
    "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
  ]

  private static let longNames: [String: String] = [
    "Letter": "L", "Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll", "Titlecase_Letter": "Lt", "Modifier_Letter": "Lm",
    "Other_Letter": "Lo", "Mark": "M", "Nonspacing_Mark": "Mn", "Spacing_Mark": "Mc", "Enclosing_Mark": "Me", "Number": "N",
    "Decimal_Number": "Nd", "Letter_Number": "Nl", "Other_Number": "No", "Punctuation": "P", "Symbol": "S", "Separator": "Z",
    "Space_Separator": "Zs", "Other": "C", "Control": "Cc", "Format": "Cf",
  ]

  init(rawValue: UInt64) { self.rawValue = rawValue }

  /// A general category (`Lu`), a group of them (`L`) or its long name (`Letter`); nil when there is none of that name.
  init?(category name: String) {
    let short = Self.longNames[name] ?? name
    var bits: UInt64 = 0
    for (bit, category) in Self.categories.enumerated() where category == short || (short.utf8.count == 1 && category.hasPrefix(short)) {
      bits |= 1 << UInt64(bit)
    }
    if bits == 0 { return nil }
    self.init(rawValue: bits)
  }
}

import Synchronization

/// The classes that a regular expression has names for, as ECMAScript defines them.
enum PatternClasses {
  static let digits = ScalarSet([0x30...0x39])
  static let wordCharacters = ScalarSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
  static let lineEnds = ScalarSet([0x0A...0x0A, 0x0D...0x0D, 0x2028...0x2029])
  static let spaces = ScalarSet([
    0x09...0x0D, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029, 0x202F...0x202F, 0x205F...0x205F,
    0x3000...0x3000, 0xFEFF...0xFEFF,
  ])

  private static let known = Mutex<[String: ScalarSet]>([:])

  /// The code points of a general category, by its short name: «Lu», or «L» for all whose names begin so.
  static func category(_ name: String) -> ScalarSet? {
    guard (1...2).contains(name.count), names.values.contains(where: { $0.hasPrefix(name) }) else { return nil }
    return known.withLock { known in
      if let set = known[name] { return set }
      var ranges: [ClosedRange<UInt32>] = []
      for value in 0...UInt32(0x10FFFF) {
        guard let scalar = Unicode.Scalar(value), names[scalar.properties.generalCategory]!.hasPrefix(name) else { continue }
        if let last = ranges.last, last.upperBound + 1 == value {
          ranges[ranges.count - 1] = last.lowerBound...value
        } else {
          ranges.append(value...value)
        }
      }
      let set = ScalarSet(ranges)
      known[name] = set
      return set
    }
  }

  private static let names: [Unicode.GeneralCategory: String] = [
    .uppercaseLetter: "Lu", .lowercaseLetter: "Ll", .titlecaseLetter: "Lt", .modifierLetter: "Lm", .otherLetter: "Lo",
    .nonspacingMark: "Mn", .spacingMark: "Mc", .enclosingMark: "Me", .decimalNumber: "Nd", .letterNumber: "Nl", .otherNumber: "No",
    .connectorPunctuation: "Pc", .dashPunctuation: "Pd", .openPunctuation: "Ps", .closePunctuation: "Pe", .initialPunctuation: "Pi",
    .finalPunctuation: "Pf", .otherPunctuation: "Po", .mathSymbol: "Sm", .currencySymbol: "Sc", .modifierSymbol: "Sk", .otherSymbol: "So",
    .spaceSeparator: "Zs", .lineSeparator: "Zl", .paragraphSeparator: "Zp", .control: "Cc", .format: "Cf", .surrogate: "Cs",
    .privateUse: "Co", .unassigned: "Cn",
  ]
}

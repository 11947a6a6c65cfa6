/// How far a number has been read.
enum PythonNumber: Sendable, Hashable {
  /// Only zeros.
  case zeros
  /// After a zero other digits: a fraction, an exponent or «j» has to come.
  case leadingZero
  case digits
  /// After `0x`, `0o` or `0b`, by the base; with at least one digit or without.
  case based(UInt8, hasDigits: Bool)
  case fraction
  case exponentStart
  case capitalExponentStart
  case exponentSign
  case exponent
  case imaginary
}

extension PythonState {
  mutating func beginNumber(_ byte: UInt8) {
    mode = .number(byte == 48 ? .zeros : .digits)
    hasUnderscore = false
    expect(PythonTokenSet([PythonTokens.number]), "a number")
  }

  /// A point was read, and a digit after it.
  mutating func beginFraction() {
    mode = .number(.fraction)
    hasUnderscore = false
    expect(PythonTokenSet([PythonTokens.number]), "a number")
  }

  mutating func readNumber(_ byte: UInt8, _ number: PythonNumber) {
    if hasUnderscore {
      guard Self.isDigit(byte, in: number) else { return refuse("«_» stands between two digits of a number.") }
      hasUnderscore = false
    } else if byte == 95, Self.canHaveUnderscore(number) {
      hasUnderscore = true
      return
    }
    switch (number, byte) {
    case (.based(let base, _), _) where Self.isDigit(byte, in: number): mode = .number(.based(base, hasDigits: true))
    case (.based(_, hasDigits: false), _): refuse("after the base of a number come its digits.")
    case (.based, 48...57): refuse("the digit is none of this base.")
    case (.zeros, 48), (.digits, 48...57), (.leadingZero, 48...57), (.fraction, 48...57), (.exponent, 48...57): break
    case (.zeros, 49...57): mode = .number(.leadingZero)
    case (.zeros, 120), (.zeros, 88): mode = .number(.based(16, hasDigits: false))
    case (.zeros, 111), (.zeros, 79): mode = .number(.based(8, hasDigits: false))
    case (.zeros, 98), (.zeros, 66): mode = .number(.based(2, hasDigits: false))
    case (.zeros, 46), (.digits, 46), (.leadingZero, 46): mode = .number(.fraction)
    case (.zeros, 101), (.digits, 101), (.leadingZero, 101), (.fraction, 101): mode = .number(.exponentStart)
    case (.zeros, 69), (.digits, 69), (.leadingZero, 69), (.fraction, 69): mode = .number(.capitalExponentStart)
    case (.zeros, 106), (.digits, 106), (.leadingZero, 106), (.fraction, 106), (.exponent, 106): mode = .number(.imaginary)
    case (.zeros, 74), (.digits, 74), (.leadingZero, 74), (.fraction, 74), (.exponent, 74): mode = .number(.imaginary)
    case (.exponentStart, 43), (.exponentStart, 45), (.capitalExponentStart, 43), (.capitalExponentStart, 45):
      mode = .number(.exponentSign)
    case (.exponentStart, 48...57), (.capitalExponentStart, 48...57), (.exponentSign, 48...57): mode = .number(.exponent)
    // «1else» is a number and a word.
    case (.exponentStart, 108):
      emit(PythonTokens.number)
      let first = PythonTokens.words.nodes[0].next[101]!
      mode = .word(node: PythonTokens.words.nodes[Int(first)].next[108] ?? -1, isAfterNumber: true)
    default: endAndRead(byte, number)
    }
  }

  private mutating func endAndRead(_ byte: UInt8, _ number: PythonNumber) {
    endNumber(number)
    guard !isWrong else { return }
    switch byte {
    case 65...90, 95, 97...122:
      mode = .word(node: PythonTokens.words.nodes[0].next[byte] ?? -1, isAfterNumber: true)
      let reachable = PythonTokens.words.nodes[0].next[byte].map { PythonTokens.words.nodes[Int($0)].reachable } ?? PythonTokenSet()
      expect(reachable.intersection(PythonTokens.afterNumber), "a word after a number")
    case 128...: refuse("a number cannot be followed by a word without a space.")
    default: readBetween(byte)
    }
  }

  mutating func endNumber(_ number: PythonNumber) {
    mode = .between
    if hasUnderscore { return refuse("«_» stands between two digits of a number.") }
    switch number {
    case .leadingZero: refuse("a number other than 0 does not begin with 0.")
    case .based(_, hasDigits: false), .exponentStart, .capitalExponentStart, .exponentSign: refuse("the number has no end.")
    default: emit(PythonTokens.number)
    }
  }

  private static func isDigit(_ byte: UInt8, in number: PythonNumber) -> Bool {
    guard case .based(let base, _) = number else { return (48...57).contains(byte) }
    switch byte {
    case 48...57: return byte - 48 < base
    case 65...70, 97...102: return base == 16
    default: return false
    }
  }

  private static func canHaveUnderscore(_ number: PythonNumber) -> Bool {
    switch number {
    case .exponentStart, .capitalExponentStart, .exponentSign, .imaginary: false
    default: true
    }
  }
}

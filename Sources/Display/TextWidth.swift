/// How many columns of a terminal the text takes: 2 for East Asian wide characters and emoji, 0 for combining marks.
///
/// Source: the ranges of Unicode Standard Annex 11 (East Asian Width), the classes W and F, by block.
package func displayWidth(_ text: String) -> Int {
  if text.utf8.allSatisfy({ $0 < 128 }) { return text.utf8.count }
  return text.reduce(0) { width, character in width + columns(of: character) }
}

private func columns(of character: Character) -> Int {
  let scalars = character.unicodeScalars
  guard let first = scalars.first else { return 0 }
  if first.properties.isEmojiPresentation || scalars.contains("\u{FE0F}") { return 2 }
  switch first.properties.generalCategory {
  case .nonspacingMark, .enclosingMark, .format, .control: return 0
  default: break
  }
  switch first.value {
  case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F,
    0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF,
    0x20000...0x3FFFD:
    return 2
  default: return 1
  }
}

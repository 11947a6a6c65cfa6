/// Removes white space at the ends of a text.
struct Strip: Normalizer {
  let atStart: Bool
  let atEnd: Bool

  func normalize(_ text: WorkText) {
    text.rewrite { bytes, range, output in
      let base = bytes.baseAddress!
      let tables = UnicodeTables.shared
      var start = range.start
      var end = range.end
      while atStart, start < end {
        let (scalar, length) = decodeScalar(base, start)
        guard tables.has(scalar, .whiteSpace) else { break }
        start += length
      }
      while atEnd, end > start {
        let last = scalarStart(base, before: end)
        guard tables.has(decodeScalar(base, last).scalar, .whiteSpace) else { break }
        end = last
      }
      output.drop(until: start)
      output.copy(until: end)
      output.drop(until: range.end)
    }
  }
}

/// Removes every combining mark; it follows a decomposition.
struct StripAccents: Normalizer {
  func normalize(_ text: WorkText) {
    text.removeScalars { UnicodeTables.shared.has($0, .accent) }
  }
}

/// The clean-up of sentencepiece's `nmt` rules: control characters go, exotic white space becomes a space.
struct NMTCleanup: Normalizer {
  func normalize(_ text: WorkText) {
    text.mapScalars { scalar in
      switch scalar {
      case 0x1...0x8, 0xB, 0xE...0x1F, 0x7F, 0x8F, 0x9F: nil
      case 0x9, 0xA, 0xC, 0xD, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: 0x20
      default: scalar
      }
    }
  }
}

extension WorkText {
  /// Removes the code points that a test holds for.
  func removeScalars(where isRemoved: (UInt32) -> Bool) {
    mapScalars { isRemoved($0) ? nil : $0 }
  }

  /// Replaces every code point by another one, or removes it.
  func mapScalars(_ map: (UInt32) -> UInt32?) {
    rewrite { bytes, range, output in
      let base = bytes.baseAddress!
      var position = range.start
      while position < range.end {
        let (scalar, length) = decodeScalar(base, position)
        let mapped = map(scalar)
        if mapped != scalar {
          output.copy(until: position)
          if let mapped {
            output.replace(until: position + length) { $0.append(scalar: mapped) }
          } else {
            output.drop(until: position + length)
          }
        }
        position += length
      }
      output.copy(until: range.end)
    }
  }
}

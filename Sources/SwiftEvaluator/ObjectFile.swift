internal import Glibc

/// The little that has to be read from an object file.
enum ObjectFile {
  /// The libraries that the modules imported by an object ask to be linked with: section `.swift1_autolink_entries`, entries like `-lFoundation`.
  ///
  /// The worker loads them once, for all cells; so linking a cell stays a matter of milliseconds.
  static func libraries(of path: String) -> [String] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    let bytes = readAll(descriptor)
    guard let section = section(".swift1_autolink_entries", in: bytes) else { return [] }
    var seen: Set<String> = []
    return bytes[section].split(separator: 0).compactMap { entry in
      let text = String(decoding: entry, as: UTF8.self)
      guard text.hasPrefix("-l"), seen.insert(text).inserted else { return nil }
      return String(text.dropFirst(2))
    }
  }

  /// The range of a section in a 64-bit little-endian ELF file; nil when there is none or the file ends early.
  private static func section(_ name: String, in bytes: [UInt8]) -> Range<Int>? {
    func number(_ offset: Int, _ size: Int) -> Int? {
      guard offset >= 0, offset + size <= bytes.count else { return nil }
      var value: UInt64 = 0
      for index in (0..<size).reversed() { value = value << 8 | UInt64(bytes[offset + index]) }
      return Int(exactly: value)
    }
    guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]), let table = number(40, 8), let size = number(58, 2),
      let count = number(60, 2),
      let namesIndex = number(62, 2), let names = number(table + namesIndex * size + 24, 8)
    else { return nil }
    for index in 0..<count {
      let header = table + index * size
      guard let nameOffset = number(header, 4), let offset = number(header + 24, 8), let length = number(header + 32, 8) else { return nil }
      let start = names + nameOffset
      guard start + name.utf8.count < bytes.count, bytes[start..<start + name.utf8.count].elementsEqual(name.utf8),
        bytes[start + name.utf8.count] == 0, offset + length <= bytes.count
      else { continue }
      return offset..<offset + length
    }
    return nil
  }
}

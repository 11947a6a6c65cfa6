internal import CProcess
internal import Glibc

/// The little that has to be read from an object file: 64-bit little-endian ELF.
struct ObjectFile {
  private let bytes: [UInt8]

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// An object without content when the file cannot be read.
  init(path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    bytes = descriptor >= 0 ? readAll(descriptor) : []
    if descriptor >= 0 { close(descriptor) }
  }

  /// Whether a name is part of a symbol.
  func mentions(_ name: String) -> Bool {
    let name = Array(name.utf8)
    return beamline_contains(bytes, bytes.count, name, name.count) != 0
  }

  /// The libraries that the modules imported by an object ask to be linked with: section `.swift1_autolink_entries`, entries like `-lFoundation`.
  ///
  /// The worker loads them once, for all cells; so linking a cell stays a matter of milliseconds.
  var libraries: [String] {
    guard let section = section(".swift1_autolink_entries") else { return [] }
    var seen: Set<String> = []
    return bytes[section.content].split(separator: 0).compactMap { entry in
      let text = String(decoding: entry, as: UTF8.self)
      guard text.hasPrefix("-l"), seen.insert(text).inserted else { return nil }
      return String(text.dropFirst(2))
    }
  }

  /// Where in the file, and where in memory, the thing begins that a symbol names; nil when there is no such symbol.
  func place(ofSymbol name: String) -> (offset: Int, address: Int)? {
    guard let symbols = section(".symtab"), let names = section(".strtab") else { return nil }
    let name = Array(name.utf8) + [0]
    for symbol in stride(from: symbols.content.lowerBound, to: symbols.content.upperBound, by: 24) {
      guard let nameOffset = number(symbol, 4), contains(name, at: names.content.lowerBound + nameOffset) else { continue }
      guard let index = number(symbol + 6, 2), let value = number(symbol + 8, 8), let home = section(at: index) else { return nil }
      let offset = value - home.address + home.content.lowerBound
      return home.content.contains(offset) ? (offset, value) : nil
    }
    return nil
  }

  /// Where in memory some bytes of a section lie; nil when it does not hold them.
  func address(of wanted: [UInt8], inSection name: String) -> Int? {
    guard let section = section(name), let found = bytes[section.content].firstRange(of: wanted) else { return nil }
    return section.address + found.lowerBound - section.content.lowerBound
  }

  private func contains(_ wanted: [UInt8], at offset: Int) -> Bool {
    guard offset >= 0, offset + wanted.count <= bytes.count else { return false }
    return bytes[offset] == wanted[0] && bytes[offset..<offset + wanted.count].elementsEqual(wanted)
  }

  /// An unsigned number of some bytes; nil past the end of the file.
  private func number(_ offset: Int, _ size: Int) -> Int? {
    guard offset >= 0, offset + size <= bytes.count else { return nil }
    var value: UInt64 = 0
    for index in (0..<size).reversed() { value = value << 8 | UInt64(bytes[offset + index]) }
    return Int(exactly: value)
  }

  private struct Section {
    var address: Int
    /// In bytes of the file.
    var content: Range<Int>
  }

  /// The table of section headers: where it is, the size of an entry, how many there are, and which of them holds the names.
  private var table: (start: Int, size: Int, count: Int, names: Int)? {
    guard bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]), let start = number(40, 8), let size = number(58, 2),
      let count = number(60, 2), let names = number(62, 2)
    else { return nil }
    return (start, size, count, names)
  }

  private func section(at index: Int) -> Section? {
    guard let table, index < table.count else { return nil }
    let header = table.start + index * table.size
    guard let address = number(header + 16, 8), let offset = number(header + 24, 8), let length = number(header + 32, 8),
      offset <= bytes.count, length <= bytes.count - offset
    else { return nil }
    return Section(address: address, content: offset..<offset + length)
  }

  /// The section of a name; nil when there is none or the file ends early.
  private func section(_ name: String) -> Section? {
    guard let table, let names = number(table.start + table.names * table.size + 24, 8) else { return nil }
    let name = Array(name.utf8) + [0]
    for index in 0..<table.count {
      guard let nameOffset = number(table.start + index * table.size, 4) else { return nil }
      if contains(name, at: names + nameOffset) { return section(at: index) }
    }
    return nil
  }
}

import Display
import Glibc

/// How much of what one cell shows is passed on: a loop that prints without end must not fill the notebook, nor the front end's memory.
public struct OutputLimit: Sendable, Equatable {
  /// Bytes of printed text.
  public var text: Int
  /// Displayed values.
  public var displays: Int
  /// Bytes of displayed values and of the result.
  public var data: Int

  public init(text: Int = 1_000_000, displays: Int = 1_000, data: Int = 20_000_000) {
    self.text = text
    self.displays = displays
    self.data = data
  }

  /// Nothing is held back.
  public static let none = OutputLimit(text: .max, displays: .max, data: .max)

  /// The standard, or what `BEAMLINE_OUTPUT_LIMIT` says: a number of bytes of printed text, or «none».
  public static var ofEnvironment: OutputLimit {
    guard let value = getenv("BEAMLINE_OUTPUT_LIMIT").map({ String(cString: $0) }), !value.isEmpty else { return OutputLimit() }
    if value == "none" { return .none }
    guard let bytes = Int(value), bytes >= 0 else {
      log("BEAMLINE_OUTPUT_LIMIT is «\(value)»; it is a number of bytes, or «none»")
      return OutputLimit()
    }
    return OutputLimit(text: bytes)
  }
}

/// Lets the outputs of one cell through up to a limit, and counts what it holds back.
struct OutputGate {
  /// Changed by a cell that asks for more or less.
  var limit: OutputLimit
  private var textBytes = 0
  private var displays = 0
  private var dataBytes = 0
  private var heldText = 0
  private var heldLines = 0
  private var heldDisplays = 0
  private var heldData = 0
  /// The end of the text that was held back.
  private var tail: [UInt8] = []
  private static let tailLength = 2_000

  init(_ limit: OutputLimit) { self.limit = limit }

  /// What of an output is passed on.
  mutating func admit(_ output: CellOutput) -> [CellOutput] {
    switch output {
    case .text(let text, let stream): return admit(text, stream)
    case .display(let bundle, _):
      let size = bundle.size
      if displays < limit.displays, dataBytes + size <= limit.data {
        (displays, dataBytes) = (displays + 1, dataBytes + size)
        return [output]
      }
      (heldDisplays, heldData) = (heldDisplays + 1, heldData + size)
      return []
    case .update(let bundle, _): return bundle.size <= limit.data ? [output] : []
    case .result(let bundle):
      guard bundle.size > limit.data else { return [output] }
      return [.result(MIMEBundle(text: "(a result of \(megabytes(bundle.size)), which was held back)"))]
    default: return [output]
    }
  }

  private mutating func admit(_ text: String, _ stream: CellOutput.Stream) -> [CellOutput] {
    let bytes = text.utf8
    if heldText == 0, bytes.count <= limit.text - textBytes {
      textBytes += bytes.count
      return [.text(text, stream)]
    }
    var passed: [CellOutput] = []
    var rest = Substring(text)
    if heldText == 0 {
      // Up to the end of the last line that fits.
      let fitting = bytes.prefix(max(0, limit.text - textBytes))
      let end = fitting.lastIndex(of: UInt8(ascii: "\n")).map { bytes.index(after: $0) } ?? bytes.startIndex
      if end > bytes.startIndex { passed.append(.text(String(text[..<end]), stream)) }
      textBytes += bytes.distance(from: bytes.startIndex, to: end)
      passed.append(
        .text(
          "… the cell has printed \(counted(limit.text)) characters: what follows is held back, as the limit says (see %limit)\n",
          .standardError))
      rest = text[end...]
    }
    heldText += rest.utf8.count
    heldLines += rest.utf8.withContiguousStorageIfAvailable { $0.reduce(0) { $0 + ($1 == 10 ? 1 : 0) } } ?? rest.utf8.count { $0 == 10 }
    tail += rest.utf8.suffix(Self.tailLength)
    if tail.count > Self.tailLength { tail.removeFirst(tail.count - Self.tailLength) }
    return passed
  }

  /// What is said at the end of the cell.
  mutating func close() -> [CellOutput] {
    var said: [CellOutput] = []
    if heldText > 0 {
      // From the beginning of a line, unless there is but one.
      let start = tail.firstIndex(of: 10).map { $0 + 1 } ?? 0
      let last = start < tail.count ? tail[start...] : tail[...]
      let whole = last.drop { $0 & 0xc0 == 0x80 }
      said.append(
        .text("… \(counted(heldText)) characters in \(counted(heldLines)) lines were held back; the last of them:\n", .standardError))
      said.append(.text(String(decoding: whole, as: UTF8.self), .standardOutput))
    }
    if heldDisplays > 0 {
      said.append(.text("… \(counted(heldDisplays)) displayed values (\(megabytes(heldData))) were held back\n", .standardError))
    }
    return said
  }

  /// `1,234,567`
  private func counted(_ number: Int) -> String { NumberFormat.automatic.text(number) }

  private func megabytes(_ bytes: Int) -> String {
    bytes < 100_000 ? "\(counted(bytes)) bytes" : NumberFormat.fixed(1).text(Double(bytes) / 1e6) + " MB"
  }
}

extension MIMEBundle {
  /// Bytes of all its forms, near enough.
  fileprivate var size: Int {
    contents.values.reduce(0) { sum, content in
      switch content {
      case .text(let text): sum + text.utf8.count
      case .bytes(let bytes): sum + bytes.count
      case .json(let json): sum + json.compactText.utf8.count
      }
    }
  }
}

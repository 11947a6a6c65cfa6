internal import Glibc
internal import Tensors

/// The clock, the operations and the memory of a piece of work.
struct Measurement {
  private let start = ContinuousClock.now
  private let operations = OperationCount.total

  /// Begins, and lets the system count the peak of memory anew where it can.
  init() {
    MemoryPool.shared.trim()
    if let file = fopen("/proc/self/clear_refs", "w") {
      fputs("5", file)
      fclose(file)
    }
  }

  /// Seconds since the beginning.
  var seconds: Double {
    let duration = ContinuousClock.now - start
    return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
  }

  /// Floating-point operations of matrix products and attention since the beginning.
  var operationCount: Int { OperationCount.total - operations }

  /// The most memory that the process has held since the beginning, in bytes; nil where the system does not say.
  var peakBytes: Int? {
    guard let file = fopen("/proc/self/status", "r") else { return nil }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, 256, file) != nil {
      let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if text.hasPrefix("VmHWM:") {
        return text.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
      }
    }
    return nil
  }
}

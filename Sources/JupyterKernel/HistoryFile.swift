import Display
import Glibc
import JupyterProtocol

/// The cells of all sessions of a user, in a file that outlives the kernels: one JSON object a line, the newest last.
///
/// Several kernels write it at once: each line is appended by one write. When the file has outgrown ``capacity``, the older half goes. (What
/// another kernel appends in that very moment is lost; nothing is ever half written.) A line that cannot be read is passed over.
public struct HistoryFile: Sendable {
  /// In bytes: some thousands of cells.
  static let capacity = 1 << 20
  /// The longest line in bytes. A longer result is left out; a longer cell is not kept.
  static let longestLine = 1 << 16

  let path: String

  public init(path: String) { self.path = path }

  /// The user's own: `beamline/history.jsonl` in XDG_DATA_HOME or `~/.local/share`; nil where neither it nor a home is known.
  public static var ofUser: HistoryFile? {
    func folder(_ name: String) -> String? { getenv(name).map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil } }
    let data = folder("XDG_DATA_HOME") ?? folder("HOME").map { $0 + "/.local/share" }
    return data.map { HistoryFile(path: $0 + "/beamline/history.jsonl") }
  }

  /// Keeps a cell. That it cannot be kept is logged and hinders nothing.
  func append(_ entry: HistoryReply.Entry, session: String) {
    var fields: JSON.Object = ["session": .string(session), "line": .integer(entry.line), "input": .string(entry.input)]
    let short = JSON.object(fields).compactBytes
    fields["output"] = entry.output.map { .string($0) }
    let whole = JSON.object(fields).compactBytes
    let line = (whole.count < Self.longestLine ? whole : short) + [UInt8(ascii: "\n")]
    guard line.count <= Self.longestLine else { return }
    makeFolders()
    let descriptor = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return log("\(path) cannot be written: \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    if write(descriptor, line, line.count) != line.count { log("\(path) cannot be written: \(String(cString: strerror(errno)))") }
    if lseek(descriptor, 0, SEEK_END) > Self.capacity, flock(descriptor, LOCK_EX | LOCK_NB) == 0 { dropOlderHalf() }
  }

  /// The cells of the other sessions, as they were run; the last of those has the number -1, the one before it -2.
  func entries(otherThan session: String) -> [HistoryReply.Entry] {
    var found: [(session: String, entry: HistoryReply.Entry)] = []
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      guard let fields = try? JSON(parsing: Array(line)), let name = fields["session"]?.stringValue, name != session,
        let number = fields["line"]?.intValue, let input = fields["input"]?.stringValue
      else { continue }
      found.append((name, HistoryReply.Entry(session: 0, line: number, input: input, output: fields["output"]?.stringValue)))
    }
    var numbers: [String: Int] = [:]
    for (name, _) in found.reversed() where numbers[name] == nil { numbers[name] = -1 - numbers.count }
    return found.map { name, entry in
      var entry = entry
      entry.session = numbers[name] ?? 0
      return entry
    }
  }

  private var bytes: [UInt8] {
    guard let file = fopen(path, "re") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: Self.capacity + Self.longestLine * 2)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes.prefix(count))
  }

  private func dropOlderHalf() {
    let newer = bytes.suffix(Self.capacity / 2)
    guard let lineFeed = newer.firstIndex(of: UInt8(ascii: "\n")) else { return }
    let kept = Array(newer[(lineFeed + 1)...])
    let temporary = "\(path).\(getpid()).new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    let isWritten = write(descriptor, kept, kept.count) == kept.count
    close(descriptor)
    if !isWritten || rename(temporary, path) != 0 { unlink(temporary) }
  }

  private func makeFolders() {
    for index in path.indices.dropFirst() where path[index] == "/" { mkdir(String(path[..<index]), 0o700) }
  }
}

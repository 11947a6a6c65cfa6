#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A whole file, mapped read-only: the system reads the pages that are touched, and nothing is copied.
///
/// The file must not be shortened while it is mapped: reading past its new end kills the process, as it does with every memory map.
public final class MappedFile: @unchecked Sendable {
  /// The path, as the caller gave it.
  public let path: String
  /// The bytes of the file, there as long as this object is: hold on to it while they are used.
  let bytes: UnsafeRawBufferPointer
  private let isMapped: Bool

  /// Maps the file at `path`.
  ///
  /// - Throws: `CheckpointError` when it is not a regular file that can be opened.
  public init(path: String) throws(CheckpointError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Self.failure(path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw Self.failure(path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw CheckpointError(file: path, .unreadable("not a regular file")) }
    let count = Int(status.st_size)
    self.path = path
    isMapped = true
    guard count > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else { throw Self.failure(path) }
    bytes = UnsafeRawBufferPointer(start: start, count: count)
  }

  /// A file that lies in the program itself.
  ///
  /// - Parameter bytes: there as long as the process.
  init(name: String, staticBytes bytes: UnsafeRawBufferPointer) {
    path = name
    self.bytes = bytes
    isMapped = false
  }

  deinit {
    if isMapped, let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
  }

  /// Whether the first bytes are those of a text.
  func begins(with text: String) -> Bool {
    withExtendedLifetime(self) { bytes.count >= text.utf8.count && bytes.prefix(text.utf8.count).elementsEqual(text.utf8) }
  }

  /// Gives the memory of a range's pages back; touching them again reads the file again.
  ///
  /// A model that packs its weights calls this tensor by tensor, so that file and packed copy never stand in memory together.
  public func release(_ range: Range<Int>) {
    guard isMapped, let start = bytes.baseAddress else { return }
    let page = sysconf(Int32(_SC_PAGESIZE))
    let first = (range.lowerBound + page - 1) / page * page
    let last = range.upperBound / page * page
    if last > first { madvise(UnsafeMutableRawPointer(mutating: start + first), last - first, MADV_DONTNEED) }
  }

  private static func failure(_ path: String) -> CheckpointError {
    CheckpointError(file: path, .unreadable("cannot be opened: \(String(cString: strerror(errno)))"))
  }
}

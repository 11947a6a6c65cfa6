internal import CHub
import HTTP

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The download of one file: into a partial file that a later try goes on with, then checked and put in its place.
struct BlobDownload {
  let entry: HubServer.Entry
  let commit: String
  let server: HubServer
  let cache: HubCache
  let progress: DownloadProgress

  /// Downloads the content, unless it is there.
  func run() throws {
    if !Files.exists(cache.blob(entry.tag)) {
      let waiting = { progress.say("waits for another download of \(entry.file)") }
      try cache.locked(entry.tag, cancellation: server.transport.cancellation, waiting: waiting) {
        // Another process may have been first.
        guard !Files.exists(cache.blob(entry.tag)) else { return }
        try Files.makeFolder(cache.folder + "/blobs")
        let wasBegun = (Files.size(cache.partial(entry.tag)) ?? 0) > 0
        do { try fetchAndCheck() } catch let error as HubError where wasBegun && error.isSpoiled {
          // What an earlier try had left may be at fault: once more, from the first byte.
          try fetchAndCheck()
        }
      }
    }
    progress.finish(entry.file, bytes: entry.size ?? Files.size(cache.blob(entry.tag)) ?? 0)
    try cache.link(entry.tag, as: entry.file, of: commit)
  }

  private func fetchAndCheck() throws {
    let path = cache.partial(entry.tag)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Files.unwritable(path) }
    defer { close(descriptor) }
    try fetch(descriptor, path)
    progress.say("checks \(entry.file)")
    do { try check(path) } catch {
      unlink(path)
      throw error
    }
    guard fsync(descriptor) == 0, rename(path, cache.blob(entry.tag)) == 0 else { throw Files.unwritable(path) }
  }

  private func fetch(_ descriptor: Int32, _ path: String) throws {
    var position = Files.size(path) ?? 0
    if let size = entry.size, position > size {
      guard ftruncate(descriptor, 0) == 0 else { throw Files.unwritable(path) }
      position = 0
    }
    if let size = entry.size, let available = Files.free(at: cache.folder), available < size - position {
      throw HubError(entry.file, .diskFull(needed: size - position, available: available))
    }
    if let size = entry.size, position == size, size > 0 { return }
    try server.retrying(progress: { position }) {
      let start = position
      var isOpen = false
      let head = try server.content(of: entry.file, commit: commit, from: start) { head, bytes in
        guard head.status == 200 || head.status == 206 else { return }
        if !isOpen {
          isOpen = true
          // A server may give the whole file though a part was asked for.
          position = head.status == 206 ? try Self.start(of: head, file: entry.file) : 0
          guard position <= start else { throw HubError(entry.file, .malformed("the server sent another part than was asked for")) }
          guard ftruncate(descriptor, off_t(position)) == 0, lseek(descriptor, off_t(position), SEEK_SET) >= 0 else {
            throw Files.unwritable(path)
          }
        }
        try write(bytes, to: descriptor, path, needed: max(0, (entry.size ?? 0) - position))
        position += bytes.count
        progress.reach(position, of: entry.file)
      }
      // The partial file is as long as the whole or longer: the check will tell.
      if head.status == 416 { return }
      if let size = entry.size, position < size {
        let url = server.settings.endpoint.origin
        throw HTTPError.broken(url: url, reason: "«\(entry.file)» ended after \(position) of \(size) bytes")
      }
    }
  }

  /// The first byte of a part: `Content-Range: bytes 100-199/200`.
  private static func start(of head: HubTransport.Head, file: String) throws -> Int {
    let digits = (head["content-range"] ?? "").drop { !$0.isNumber }.prefix { $0.isNumber }
    guard let start = Int(digits) else { throw HubError(file, .malformed("the server sent a part without saying which")) }
    return start
  }

  private func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String, needed: Int) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      #if canImport(Glibc)
        let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      #else
        let count = Darwin.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      #endif
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        if errno == ENOSPC || errno == EDQUOT {
          throw HubError(entry.file, .diskFull(needed: needed, available: Files.free(at: cache.folder) ?? 0))
        }
        throw Files.unwritable(path)
      }
      rest = rest.dropFirst(count)
    }
  }

  /// Compares the size, and the checksum where the hub's name for the content is one.
  private func check(_ path: String) throws {
    let size = Files.size(path) ?? 0
    if let expected = entry.size, size != expected {
      throw HubError(server.repository.name, .size(file: entry.file, found: size, expected: expected))
    }
    guard entry.tag.isHexadecimal, entry.tag.utf8.count == 64 || entry.tag.utf8.count == 40 else { return }
    guard let found = Checksum.hexadecimal(ofFile: path, isSHA256: entry.tag.utf8.count == 64) else { throw Files.unwritable(path) }
    guard found == entry.tag else {
      throw HubError(server.repository.name, .checksum(file: entry.file, found: found, expected: entry.tag))
    }
  }
}

extension HubError {
  /// Whether what was downloaded is at fault.
  fileprivate var isSpoiled: Bool {
    switch reason {
    case .checksum, .size: true
    default: false
    }
  }
}

/// Checksums by which the hub names contents.
enum Checksum {
  /// SHA-256 of the content, or SHA-1 as git names it: with the size before the content.
  static func hexadecimal(ofFile path: String, isSHA256: Bool) -> String? {
    guard let size = Files.size(path), let stream = fopen(path, "rb") else { return nil }
    defer { fclose(stream) }
    var digest = ch_digest()
    ch_digest_begin(&digest, isSHA256)
    if !isSHA256 {
      let header = Array("blob \(size)\0".utf8)
      ch_digest_add(&digest, header, header.count)
    }
    var part = [UInt8](repeating: 0, count: 1 << 20)
    while case let count = fread(&part, 1, part.count, stream), count > 0 { ch_digest_add(&digest, part, count) }
    guard ferror(stream) == 0 else { return nil }
    var text = [CChar](repeating: 0, count: 65)
    ch_digest_end(&digest, &text)
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

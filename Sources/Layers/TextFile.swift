import Checkpoints

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// Writes a text as a whole file or not at all: beside the target, then renamed.
func writeText(_ text: String, to path: String) throws(CheckpointError) {
  let temporary = path + ".partial"
  let bytes = Array(text.utf8)
  let stream = fopen(temporary, "wb")
  let isWritten = stream.map { fwrite(bytes, 1, bytes.count, $0) == bytes.count } ?? false
  let isClosed = stream.map { fclose($0) == 0 } ?? false
  guard isWritten, isClosed, rename(temporary, path) == 0 else {
    throw CheckpointError(file: path, .unreadable("cannot be written: \(String(cString: strerror(errno)))"))
  }
}

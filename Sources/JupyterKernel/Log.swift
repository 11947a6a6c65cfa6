import Glibc

/// Writes one line to standard error, where Jupyter's own log shows it.
func log(_ sentence: String) {
  // One write, so that lines of several threads and processes do not mix.
  let line = Array("beamline: \(sentence)\n".utf8)
  _ = write(STDERR_FILENO, line, line.count)
}

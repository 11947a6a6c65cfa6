import Display

/// One output of a code cell, as a notebook file keeps it.
public enum NotebookOutput: Sendable, Equatable {
  /// Text of `stdout` or `stderr`.
  case stream(name: String, text: String)
  /// `display_data`, or `execute_result` with its count.
  case data(JSON.Object, metadata: JSON, executionCount: Int?)
  case error(name: String, message: String, traceback: [String])

  var json: JSON {
    switch self {
    case .stream(let name, let text):
      ["output_type": "stream", "name": .string(name), "text": lines(of: text)]
    case .data(let data, let metadata, nil):
      ["output_type": "display_data", "data": Self.split(data), "metadata": metadata]
    case .data(let data, let metadata, let count?):
      ["output_type": "execute_result", "data": Self.split(data), "metadata": metadata, "execution_count": .integer(count)]
    case .error(let name, let message, let traceback):
      [
        "output_type": "error", "ename": .string(name), "evalue": .string(message), "traceback": .array(traceback.map { .string($0) }),
      ]
    }
  }

  /// Texts are kept line by line, so that differences can be read; values and base64 are kept as they are.
  private static func split(_ data: JSON.Object) -> JSON {
    .object(
      JSON.Object(
        data.map { type, content -> (String, JSON) in
          let isText = type.hasPrefix("text/") || type == "image/svg+xml" || type == "application/javascript"
          if isText, let text = content.stringValue { return (type, lines(of: text)) }
          return (type, content)
        }))
  }
}

/// The lines of a text with their ends, divided where Python's `splitlines` divides: also at form feeds and U+2028.
func lines(of text: String) -> JSON {
  var lines: [JSON] = []
  var line = String.UnicodeScalarView()
  var scalars = text.unicodeScalars.makeIterator()
  var pending = scalars.next()
  while let scalar = pending {
    pending = scalars.next()
    line.append(scalar)
    switch scalar {
    case "\r" where pending == "\n": continue
    case "\n", "\r", "\u{B}", "\u{C}", "\u{1C}", "\u{1D}", "\u{1E}", "\u{85}", "\u{2028}", "\u{2029}":
      lines.append(.string(String(line)))
      line = String.UnicodeScalarView()
    default: continue
    }
  }
  if !line.isEmpty { lines.append(.string(String(line))) }
  return .array(lines)
}

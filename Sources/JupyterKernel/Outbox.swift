import Display
import JupyterProtocol
import Synchronization

/// The messages on their way to the sockets: one line for all channels, so that the order of sending is the order of calling.
///
/// Text that a cell prints line by line leaves in few messages: as long as a stream message is the last in line, further text of the
/// same stream and request is added to it. It leaves at once when no text left within the last ``interval``, when something comes
/// behind it, or when the interval is over; so output streams as it is printed, and ten thousand lines make a handful of messages.
/// Updates of displays are treated alike: of those of one display that would leave together, only the last does.
struct Outbox: Sendable {
  struct Entry: Sendable {
    var channel: Channel
    var message: Message
    /// Of stream messages: the text, which replaces that of the message when it leaves.
    var stream: StreamOutput?
    /// Of updates of a display: its name.
    var display: String?

    /// It may wait for more of its kind.
    var canWait: Bool { stream != nil || display != nil }
  }

  /// The least time between two stream messages that are sent only because of the time.
  static let interval = Duration.milliseconds(25)

  private var entries: [Entry] = []
  private var lastTextLeft: ContinuousClock.Instant?

  var isEmpty: Bool { entries.isEmpty }

  mutating func append(_ message: Message, on channel: Channel) {
    if channel == .iopub, message.header.messageType == "update_display_data",
      let display = message.content["transient"]?["display_id"]?.stringValue
    {
      let older = entries.indices.reversed().prefix { entries[$0].display != nil }.first { entries[$0].display == display }
      if let older { entries.remove(at: older) }
      return entries.append(Entry(channel: channel, message: message, display: display))
    }
    guard channel == .iopub, message.header.messageType == "stream",
      let name = message.content["name"]?.stringValue, let text = message.content["text"]?.stringValue
    else { return entries.append(Entry(channel: channel, message: message)) }
    if let last = entries.indices.last, entries[last].stream?.name == name, entries[last].message.parentHeader == message.parentHeader {
      entries[last].stream?.text += text
    } else {
      entries.append(Entry(channel: channel, message: message, stream: StreamOutput(name: name, text: text)))
    }
  }

  /// When ``take(at:)`` will let go of more than now: nil when there is nothing, or nothing that must wait.
  var deadline: ContinuousClock.Instant? {
    guard entries.last?.canWait == true, let lastTextLeft else { return nil }
    return lastTextLeft + Self.interval
  }

  /// The messages that may leave now, in order; the text or the updates at the end of the line stay until their time has come.
  mutating func take(at now: ContinuousClock.Instant) -> [(message: Message, channel: Channel)] {
    let keepsLast = deadline.map { now < $0 } ?? false
    let updates = entries.reversed().prefix { $0.display != nil }.count
    let leaving = keepsLast ? entries.dropLast(max(1, updates)) : entries[...]
    if leaving.contains(where: \.canWait) { lastTextLeft = now }
    let messages = leaving.map { entry in
      var message = entry.message
      if let stream = entry.stream { message.content = stream.content }
      return (message, entry.channel)
    }
    entries.removeFirst(leaving.count)
    return messages
  }
}

import Glibc
import Synchronization

/// A pipe that ends the wait of a thread: from other threads, and from signal handlers.
///
/// Signals are caught with handlers and not blocked or ignored, because a child process inherits what is blocked and ignored.
final class Wakeup: Sendable {
  enum Event: Sendable, Equatable {
    case wake
    case signal(CInt)
  }

  let readEnd: CInt
  private let writeEnd: CInt
  private let isPending = Atomic<Bool>(false)

  init() throws {
    var ends: [CInt] = [0, 0]
    guard pipe(&ends) == 0 else { throw ZeroMQError(sentence: "cannot open a pipe: \(String(cString: strerror(errno)))") }
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    (readEnd, writeEnd) = (ends[0], ends[1])
  }

  /// Wakes the I/O thread; one byte is enough for any number of calls before it has woken.
  func wake() {
    guard !isPending.exchange(true, ordering: .acquiringAndReleasing) else { return }
    var byte: UInt8 = 0
    _ = write(writeEnd, &byte, 1)
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  /// Waits until something has come, or a time is over.
  func wait(milliseconds: CInt = -1) {
    var item = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
    poll(&item, 1, milliseconds)
  }

  /// What has come since the last call.
  func drain() -> [Event] {
    // Cleared first: a call of `wake` from here on writes again.
    isPending.store(false, ordering: .sequentiallyConsistent)
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(readEnd, &bytes, bytes.count)
    return bytes.prefix(max(0, count)).map { $0 == 0 ? .wake : .signal(CInt($0)) }
  }

  /// Lets a signal wake the I/O thread. Signals belong to the process, so the last one to ask gets them.
  func catchSignal(_ number: CInt) {
    // A copy that is never closed: a handler may run when this object is gone.
    signalPipe = dup(writeEnd)
    install(number) { number in
      var byte = UInt8(truncatingIfNeeded: number)
      let saved = errno
      _ = write(signalPipe, &byte, 1)
      errno = saved
    }
  }

  /// Makes writing to a pipe whose reader has died an error instead of the end of the process.
  func survivePipeSignal() { install(SIGPIPE) { _ in } }

  private func install(_ number: CInt, _ handler: @escaping @convention(c) (CInt) -> Void) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = handler
    action.sa_flags = SA_RESTART
    sigaction(number, &action, nil)
  }
}

/// Where the signal handler writes. Written before the handler is installed, and only read afterwards.
nonisolated(unsafe) private var signalPipe: CInt = -1

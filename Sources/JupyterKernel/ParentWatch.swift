import Glibc

/// Notices that the process that started the kernel is gone, as it is after a crash of the server: nobody would end the kernel then.
struct ParentWatch: Sendable {
  private let parent: pid_t
  private let launcher: pid_t?

  /// Nil when no Jupyter server started this process: one that a person started by hand may outlive the shell.
  init?(environment value: String?) {
    guard let value, let launcher = pid_t(value), launcher > 1 else { return nil }
    parent = getppid()
    // With a wrapper in between (`conda run`, a shell), the server is not the parent, and is asked after by number.
    self.launcher = launcher == parent ? nil : launcher
  }

  var isParentGone: Bool {
    if getppid() != parent { return true }
    guard let launcher else { return false }
    return kill(launcher, 0) != 0 && errno == ESRCH
  }
}

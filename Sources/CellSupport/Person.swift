import Display
import Glibc

/// Asks the person at the front end for a line that is not seen while it is typed, and not saved with the notebook.
///
/// ```swift
/// let token = readPassword(prompt: "Token: ")
/// ```
/// Waits for the answer, as `readLine()` does; an interrupt ends the wait and the cell. Where nobody can be asked, the cell ends with an error.
///
/// - Returns: the line without its end; nil when a task asked and its cell was stopped.
public func readPassword(prompt: String = "Password: ") -> String? {
  guard let line = Runtime.shared.ask(prompt, true) else { return nil }
  defer { free(line) }
  return String(cString: line)
}

/// Shows a value in the front end's pager when the cell has finished: JupyterLab puts it below the outputs, a console pages through it.
public func page(_ value: Any) {
  WorkerSink().page(MIMEBundle(describing: value))
}

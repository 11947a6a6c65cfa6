/// A value that a notebook can draw.
///
/// ```swift
/// struct Dice: Displayable {
///   var face = 3
///   var mimeBundle: MIMEBundle { MIMEBundle(text: "a die that shows \(face)", markdown: "a die that shows **\(face)**") }
/// }
/// ```
/// The value of a cell's last expression and the argument of ``display(_:)`` are drawn through this property. Drawing never
/// computes: what is shown was there before. `text/plain` is always part of the bundle, so that a terminal shows it too.
public protocol Displayable {
  /// The value in the forms that it has, plain text among them.
  var mimeBundle: MIMEBundle { get }
}

extension MIMEBundle: Displayable {
  public var mimeBundle: MIMEBundle { self }
}

extension MIMEBundle {
  /// Any value as a cell shows it: its own drawing where it is ``Displayable``, else its description as plain text.
  ///
  /// An optional that holds a displayable value is drawn like that value. For everything else see ``describe(_:)``.
  public init(describing value: Any) {
    if let displayable = value as? any Displayable {
      self = displayable.mimeBundle
    } else {
      self.init(text: describe(value))
    }
  }
}

extension JSON: Displayable {
  /// The value as `application/json`, which front ends draw as a tree that folds, and as the text of a file.
  public var mimeBundle: MIMEBundle { MIMEBundle(text: String(notebookText.dropLast()), json: self) }
}

/// The syntax of Python: whether a text is a program, or can still become one.
///
/// ```swift
/// let valid = BeamSearch(width: 4, maximumNewTokens: 40).checked(by: PythonSyntax())
/// try await model.generate("def mean(numbers):\n", using: valid)
/// ```
/// It reads byte by byte: indentation with tabs and spaces, brackets, words, numbers, texts with their escapes, format strings with
/// expressions in them, continued lines, comments; and over the tokens the grammar of Python 3.11 (with `type` and parameters of types
/// of 3.12), assignment targets, patterns and the order of parameters and arguments included, `return` in functions, `break` in loops.
///
/// «Wrong» is certain: CPython refuses every continuation. «Complete» means that the grammar accepts the text: CPython's compiler refuses
/// a few more programs, such as two parameters of one name, or `await` outside `async def`.
///
/// Complexity: a few looks into tables for each byte; a mask tries every different beginning of a token.
///
/// Source: «The Python Language Reference» 3.11, chapters 2 and 10; PEP 701 for format strings.
public struct PythonSyntax: Checker {
  public let continuesPrompt: Bool

  /// - Parameter continuesPrompt: whether the prompt is the beginning of the program; false for a program that answers a prompt.
  public init(continuesPrompt: Bool = true) { self.continuesPrompt = continuesPrompt }

  public func begin() -> PythonState { PythonState(PythonParser.shared.begin()) }

  public var description: String { continuesPrompt ? "PythonSyntax" : "PythonSyntax(continuesPrompt: false)" }
}

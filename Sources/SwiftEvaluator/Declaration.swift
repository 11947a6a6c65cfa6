/// A name that a cell declares at its top level, and how later cells get at it.
struct Declaration: Equatable {
  /// The word after `import` in `import struct Cell3.Point`.
  enum Kind: String {
    case variable = "var"
    case function = "func"
    case structure = "struct"
    case `class`
    case enumeration = "enum"
    case `protocol`
    case alias = "typealias"
  }

  var name: String
  var kind: Kind
  /// For a function, its name with labels and parameter types: two functions with the same one replace each other.
  var signature: String
  /// How many variables of the cell must have got their value before this name means something; 0 for what is there from the start.
  var mark: UInt32
  /// `async let`: a task, whose value is waited for where it is used.
  var isTask = false
  /// The clause of an `#if` that it stands in; nil for what is always compiled.
  var clause: Int?
}

/// Something that a cell adds to the program without a name of its own at the top level: members in an extension, an operator.
struct Addition: Hashable {
  /// `Point.area`, `Point: Hashable`, `operator **`: a later cell with the same key replaces it.
  var key: String
  /// The type of the result: members that differ in nothing else would be ambiguous.
  var result = ""
  /// Words of which a cell must contain one for the addition to matter to it: the member, the operator.
  var words: Set<String>
  /// The words of the extended type, and for a conformance also those of the protocol.
  var subjects: Set<String> = []
  /// A conformance holds wherever its module is loaded, without a word.
  var isConformance: Bool
  /// The language uses it without a word of the cell: `callAsFunction`, `buildBlock`, `appendInterpolation`, `~=`.
  var isImplicit = false
  /// The clause of an `#if` that it stands in; nil for what is always compiled.
  var clause: Int?
}

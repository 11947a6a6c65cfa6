/// Any value as text, the way that a cell shows its result.
///
/// ```swift
/// describe(["b": Point(x: 1, y: 2), "a": Point(x: 0, y: 0)])   // ["a": Point(x: 0, y: 0), "b": Point(x: 1, y: 2)]
/// ```
/// Strings are quoted. Types are named without their module. A type's own `description` is used where it has one; otherwise a
/// value is shown as `Type(field: value, …)`, class instances with the fields of their superclasses first. Sets and dictionaries
/// come in the order of their elements, so that the same value is always shown the same way. What does not fit in 100 columns
/// is broken over lines. Containers show their first 100 elements, nesting ends at depth 6, and a value that contains
/// itself is shown as `Type(…)` there.
public func describe(_ value: Any) -> String {
  var describer = Describer()
  return describer.layout(of: value, depth: 0).text(width: 100)
}

/// Turns a value into a layout; knows what has been seen on the way, and how much may still be shown.
struct Describer {
  static let maximumElements = 100
  static let maximumDepth = 6
  static let maximumCharacters = 10_000

  /// How many values may still be opened; it keeps a result from filling the notebook.
  private var budget = 2_000
  /// The class instances that are being described, outermost first.
  private var path: [ObjectIdentifier] = []

  mutating func layout(of value: Any, depth: Int) -> Layout {
    budget -= 1
    let mirror = Mirror(reflecting: value)
    // Optionals first: a cast looks through them.
    if mirror.displayStyle == .optional {
      guard let wrapped = mirror.children.first else { return .text("nil") }
      return .group(open: "Optional(", [layout(of: wrapped.value, depth: depth)], close: ")")
    }
    if let text = Describer.leaf(value) { return .text(text) }
    let name = String(describing: type(of: value))
    if depth > Self.maximumDepth || budget < 0 { return .text("…") }
    if value is any StandardContainer { return container(value, mirror, depth: depth) }
    if let displayable = value as? any Displayable { return .text(displayable.mimeBundle.text) }
    if let custom = value as? any CustomStringConvertible { return .text(Describer.cut(custom.description)) }
    if let custom = value as? any CustomDebugStringConvertible { return .text(Describer.cut(custom.debugDescription)) }
    switch mirror.displayStyle {
    case .collection, .set, .dictionary: return container(value, mirror, depth: depth)
    case .tuple: return .group(open: "(", fields(mirror, depth: depth), close: ")")
    case .enum: return enumeration(value, mirror, depth: depth)
    case .class: return instance(value, mirror, name: name, depth: depth)
    case .struct: return .group(open: name + "(", fields(mirror, depth: depth), close: ")")
    default: return .text(Describer.opaque(value, name: name))
    }
  }

  /// Values that are one word: text in quotes, numbers, types.
  private static func leaf(_ value: Any) -> String? {
    switch value {
    case let text as String: cut(text.debugDescription)
    case let text as Substring: cut(text.debugDescription)
    case let character as Character: character.debugDescription
    case let scalar as Unicode.Scalar: scalar.debugDescription
    case let number as Int: number.description
    case let number as Double: number.description
    case let type as any Any.Type: String(describing: type)
    default: nil
    }
  }

  private static func cut(_ text: String) -> String {
    // Counting UTF-8 first: a count of characters walks the whole text.
    guard text.utf8.count > maximumCharacters, text.count > maximumCharacters else { return text }
    return text.prefix(maximumCharacters) + "… (\(grouped(text.count - maximumCharacters)) more characters)"
  }

  /// Functions show their type; what has neither fields nor a description shows what Swift says of it.
  private static func opaque(_ value: Any, name: String) -> String {
    let text = String(describing: value)
    return text == "(Function)" ? name : text
  }

  private mutating func fields(_ mirror: Mirror, depth: Int) -> [Layout] {
    mirror.children.prefix(Self.maximumElements).map { child in
      let value = layout(of: child.value, depth: depth + 1)
      // The fields of a tuple without labels are called .0, .1, …
      guard let label = child.label, !label.hasPrefix(".") else { return value }
      return .labelled(label, value)
    }
  }

  private mutating func enumeration(_ value: Any, _ mirror: Mirror, depth: Int) -> Layout {
    guard let payload = mirror.children.first, let name = payload.label else { return .text(String(describing: value)) }
    let inner = Mirror(reflecting: payload.value)
    if inner.displayStyle == .tuple { return .group(open: name + "(", fields(inner, depth: depth), close: ")") }
    return .group(open: name + "(", [layout(of: payload.value, depth: depth + 1)], close: ")")
  }

  private mutating func instance(_ value: Any, _ mirror: Mirror, name: String, depth: Int) -> Layout {
    let identity = ObjectIdentifier(value as AnyObject)
    if path.contains(identity) { return .text(name + "(…)") }
    path.append(identity)
    defer { path.removeLast() }
    var levels = [mirror]
    while let parent = levels[0].superclassMirror { levels.insert(parent, at: 0) }
    return .group(open: name + "(", levels.flatMap { fields($0, depth: depth) }, close: ")")
  }

  private mutating func container(_ value: Any, _ mirror: Mirror, depth: Int) -> Layout {
    let count = mirror.children.count
    var items: [Layout]
    switch mirror.displayStyle {
    case .dictionary:
      let pairs = mirror.children.map { pair in
        let both = Mirror(reflecting: pair.value).children.map(\.value)
        return (key: both[0], value: both[1])
      }
      items = inOrder(pairs) { $0.key }.prefix(Self.maximumElements).map { pair in
        .labelled(layout(of: pair.key, depth: depth + 1).text(width: .max), layout(of: pair.value, depth: depth + 1))
      }
      if items.isEmpty { return .text("[:]") }
    case .set:
      let elements = inOrder(mirror.children.map(\.value)) { $0 }
      items = elements.prefix(Self.maximumElements).map { layout(of: $0, depth: depth + 1) }
    default:
      items = mirror.children.prefix(Self.maximumElements).map { layout(of: $0.value, depth: depth + 1) }
    }
    if count > items.count { items.append(.text("… \(grouped(count - items.count)) more")) }
    return .group(open: "[", items, close: "]")
  }

  /// Elements in the order of their keys: numbers by value, everything else by its text.
  private mutating func inOrder<Element>(_ elements: [Element], by key: (Element) -> Any) -> [Element] {
    let keyed = elements.map { element in
      let key = key(element)
      var describer = Describer()
      let number = ((key as? any BinaryInteger).map { Double($0) } ?? (key as? any BinaryFloatingPoint).map { Double($0) })
        .flatMap { $0.isNaN ? nil : $0 }
      return (number: number, text: number == nil ? describer.layout(of: key, depth: 1).text(width: .max) : "", element: element)
    }
    return keyed.sorted { ($0.number ?? .infinity, $0.text) < ($1.number ?? .infinity, $1.text) }.map(\.element)
  }
}

/// The containers of the standard library, whose own descriptions would name the modules of their elements.
private protocol StandardContainer {}
extension Array: StandardContainer {}
extension ArraySlice: StandardContainer {}
extension ContiguousArray: StandardContainer {}
extension Set: StandardContainer {}
extension Dictionary: StandardContainer {}

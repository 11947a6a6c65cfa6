import Display

/// A value in a JSON file that knows where it is, so that what is wrong with it can be said.
struct Field {
  let value: JSON
  let file: String
  /// A path of keys, as `model.merges[17]`; empty for the whole file.
  let place: String

  init(_ value: JSON, file: String, place: String = "") {
    self.value = value
    self.file = file
    self.place = place
  }

  /// The JSON value of a text.
  init(parsing text: String, file: String) throws(TokenizerError) {
    do {
      self.init(try JSON(parsing: text), file: file)
    } catch let error as JSON.ParsingError {
      throw TokenizerError(file: file, reason: .notJSON(error))
    } catch {
      throw TokenizerError(file: file, reason: .invalid("is not JSON: \(error)"))
    }
  }

  func failure(_ reason: TokenizerError.Reason) -> TokenizerError { TokenizerError(file: file, place: place, reason: reason) }

  private func expected(_ wanted: String) -> TokenizerError { failure(.expected(wanted, found: value.kind)) }

  // MARK: - Members

  private func child(_ key: String, _ value: JSON) -> Field {
    Field(value, file: file, place: place.isEmpty ? key : "\(place).\(key)")
  }

  /// The value of a key; nil when it is missing or null.
  func optional(_ key: String) throws(TokenizerError) -> Field? {
    let object = try object()
    guard let value = object[key], !value.isNull else { return nil }
    return child(key, value)
  }

  func required(_ key: String) throws(TokenizerError) -> Field {
    guard let field = try optional(key) else { throw failure(.missing(key: key)) }
    return field
  }

  func object() throws(TokenizerError) -> JSON.Object {
    guard let object = value.objectValue else { throw expected("an object") }
    return object
  }

  func elements() throws(TokenizerError) -> [Field] {
    guard let array = value.arrayValue else { throw expected("an array") }
    return array.enumerated().map { Field($0.element, file: file, place: "\(place)[\($0.offset)]") }
  }

  /// Refuses keys that are not known, unless they are off: null or false.
  func allowOnly(_ keys: Set<String>) throws(TokenizerError) {
    for (key, value) in try object() where !keys.contains(key) && !value.isNull && value.boolValue != false {
      throw failure(.unknownKey(key))
    }
  }

  // MARK: - Values

  func string() throws(TokenizerError) -> String {
    guard let string = value.stringValue else { throw expected("a string") }
    return string
  }

  func bytes() throws(TokenizerError) -> [UInt8] { Array(try string().utf8) }

  func bool() throws(TokenizerError) -> Bool {
    guard let bool = value.boolValue else { throw expected("true or false") }
    return bool
  }

  func double() throws(TokenizerError) -> Double {
    guard let number = value.doubleValue else { throw expected("a number") }
    return number
  }

  func int(from minimum: Int = 0, through maximum: Int = .max) throws(TokenizerError) -> Int {
    guard let number = value.intValue else { throw expected("an integer") }
    guard number >= minimum, number <= maximum else {
      throw failure(.invalid(maximum == .max ? "\(number) is not \(minimum) or more" : "\(number) is not from \(minimum) to \(maximum)"))
    }
    return number
  }

  func tokenID() throws(TokenizerError) -> Int { try int(through: TokenTable.idLimit - 1) }

  /// A string of exactly one code point.
  func character() throws(TokenizerError) -> Unicode.Scalar {
    let scalars = try string().unicodeScalars
    guard let first = scalars.first, scalars.count == 1 else {
      throw failure(.invalid("expected one character, found \(scalars.count)"))
    }
    return first
  }

  /// A value out of a list of names.
  func choice<Choice: RawRepresentable & CaseIterable>(_ type: Choice.Type) throws(TokenizerError) -> Choice
  where Choice.RawValue == String {
    let name = try string()
    guard let choice = Choice(rawValue: name) else { throw failure(.unsupported(name, allowed: Choice.allCases.map(\.rawValue))) }
    return choice
  }

  func bool(_ key: String, default fallback: Bool) throws(TokenizerError) -> Bool {
    try optional(key)?.bool() ?? fallback
  }
}

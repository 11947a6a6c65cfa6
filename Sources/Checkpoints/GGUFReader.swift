/// Reads the fields of a GGUF header one after another and never past the end of the file.
struct GGUFReader {
  let file: MappedFile
  private(set) var position = 0

  struct TensorEntry {
    let name: String
    let shape: [Int]
    let type: ElementType
    let offset: UInt64
    let byteCount: Int
  }

  init(file: MappedFile) { self.file = file }

  private var remaining: Int { file.bytes.count - position }

  /// Refuses a count that the rest of the file cannot hold, before anything is allocated for it.
  func require(_ count: UInt64, each bytes: Int, _ part: String) throws(CheckpointError) {
    guard count <= UInt64(remaining / bytes) else {
      let (needed, overflow) = count.multipliedReportingOverflow(by: UInt64(bytes))
      throw CheckpointError(
        file: file.path, .truncated(part: part, needed: overflow ? .max : needed, available: UInt64(remaining)))
    }
  }

  mutating func integer<Integer: FixedWidthInteger & BitwiseCopyable>(
    _: Integer.Type, _ part: String
  ) throws(CheckpointError) -> Integer {
    try require(1, each: MemoryLayout<Integer>.size, part)
    defer { position += MemoryLayout<Integer>.size }
    return Integer(littleEndian: file.bytes.loadUnaligned(fromByteOffset: position, as: Integer.self))
  }

  mutating func string(_ part: String) throws(CheckpointError) -> String {
    let count = try integer(UInt64.self, "the length of \(part)")
    try require(count, each: 1, part)
    defer { position += Int(count) }
    return String(decoding: file.bytes[position..<position + Int(count)], as: UTF8.self)
  }

  mutating func value(_ part: String) throws(CheckpointError) -> GGUFValue {
    try value(ofType: try integer(UInt32.self, "the type of \(part)"), part, depth: 0)
  }

  private mutating func value(ofType type: UInt32, _ part: String, depth: Int) throws(CheckpointError) -> GGUFValue {
    switch type {
    case 0: return .integer(Int(try integer(UInt8.self, part)))
    case 1: return .integer(Int(try integer(Int8.self, part)))
    case 2: return .integer(Int(try integer(UInt16.self, part)))
    case 3: return .integer(Int(try integer(Int16.self, part)))
    case 4: return .integer(Int(try integer(UInt32.self, part)))
    case 5: return .integer(Int(try integer(Int32.self, part)))
    case 6: return .number(Double(Float(bitPattern: try integer(UInt32.self, part))))
    case 7: return .bool(try integer(UInt8.self, part) != 0)
    case 8: return .string(try string(part))
    case 9: return try array(part, depth: depth + 1)
    case 10:
      let value = try integer(UInt64.self, part)
      return Int(exactly: value).map(GGUFValue.integer) ?? .unsigned(value)
    case 11: return .integer(Int(try integer(Int64.self, part)))
    case 12: return .number(Double(bitPattern: try integer(UInt64.self, part)))
    default:
      throw CheckpointError(file: file.path, .malformed(field: "the type of \(part)", found: "\(type)", allowed: "0 to 12"))
    }
  }

  private mutating func array(_ part: String, depth: Int) throws(CheckpointError) -> GGUFValue {
    guard depth <= 8 else {
      throw CheckpointError(file: file.path, .malformed(field: part, found: "arrays nested deeper than 8", allowed: "up to 8"))
    }
    let type = try integer(UInt32.self, "the element type of \(part)")
    let count = try integer(UInt64.self, "the length of \(part)")
    let smallest = [1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8]
    guard type < 13 else {
      throw CheckpointError(file: file.path, .malformed(field: "the element type of \(part)", found: "\(type)", allowed: "0 to 12"))
    }
    try require(count, each: smallest[Int(type)], part)
    switch type {
    case 8:
      var strings: [String] = []
      for _ in 0..<count { strings.append(try string(part)) }
      return .strings(strings)
    case 7:
      var bools: [Bool] = []
      for _ in 0..<count { bools.append(try integer(UInt8.self, part) != 0) }
      return .bools(bools)
    case 6, 12:
      var numbers: [Double] = []
      for _ in 0..<count { numbers.append(try value(ofType: type, part, depth: depth).doubleValue ?? .nan) }
      return .numbers(numbers)
    case 9:
      var arrays: [GGUFValue] = []
      for _ in 0..<count { arrays.append(try value(ofType: type, part, depth: depth)) }
      return .arrays(arrays)
    default:
      var integers: [Int] = []
      for _ in 0..<count {
        guard let integer = try value(ofType: type, part, depth: depth).intValue else {
          throw CheckpointError(file: file.path, .malformed(field: part, found: "an element beyond 63 bits", allowed: "up to \(Int.max)"))
        }
        integers.append(integer)
      }
      return .integers(integers)
    }
  }

  mutating func tensorEntry() throws(CheckpointError) -> TensorEntry {
    let name = try string("a tensor's name")
    let label = name.excerpt
    func refuse(_ field: String, _ found: String, _ allowed: String) -> CheckpointError {
      CheckpointError(file: file.path, .malformedTensor(name: label, field: field, found: found, allowed: allowed))
    }
    let dimensions = try integer(UInt32.self, "the dimensions of tensor «\(label)»")
    guard dimensions <= 4 else { throw refuse("its number of dimensions", "\(dimensions)", "0 to 4") }
    var shape: [Int] = []
    for _ in 0..<dimensions {
      let size = try integer(UInt64.self, "the shape of tensor «\(label)»")
      guard let size = Int(exactly: size) else { throw refuse("a size", "\(size)", "up to \(Int.max)") }
      shape.insert(size, at: 0)
    }
    let code = try integer(UInt32.self, "the type of tensor «\(label)»")
    guard let type = ElementType(ggufCode: code) else {
      let known = ElementType.allCases.compactMap { type in type.ggufCode.map { "\($0) (\(type.rawValue))" } }
      throw refuse("its type", "\(code)", known.joined(separator: ", "))
    }
    let offset = try integer(UInt64.self, "the offset of tensor «\(label)»")
    guard let bytes = HeaderChecks.byteCount(shape: shape, type: type) else {
      throw refuse("its shape", "\(shape)", "rows of whole blocks of \(type.blockCount) elements, a product within 64 bits")
    }
    return TensorEntry(name: name, shape: shape, type: type, offset: offset, byteCount: bytes)
  }
}

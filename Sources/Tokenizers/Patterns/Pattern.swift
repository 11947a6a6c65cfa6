/// A compiled regular expression.
///
/// ```swift
/// try Pattern(#"\p{N}{1,3}"#)
/// ```
/// The patterns of real tokenizers match in time linear in the text; as with every backtracking matcher, others can be made that do not.
final class Pattern: @unchecked Sendable {
  let source: String
  let steps: UnsafePointer<PatternProgram.Step>
  let sets: UnsafePointer<ScalarSet>
  private let setCount: Int
  /// The first step of each alternative of the whole pattern; one if there are none.
  let entries: UnsafePointer<Int>
  /// For each byte, the alternatives whose match can begin so: bit i stands for entry i.
  let entriesByFirstByte: UnsafePointer<UInt64>
  /// The alternatives that can match nothing.
  let entriesAtEnd: UInt64

  init(_ source: String) throws(PatternError) {
    self.source = source
    let syntax = try PatternParser.parse(source)
    var alternatives = [syntax]
    if case .alternatives(let parts) = syntax, parts.count <= 64 { alternatives = parts }
    let program = try PatternProgram(alternatives: alternatives)
    var table = [UInt64](repeating: 0, count: 256)
    var atEnd: UInt64 = 0
    for (index, alternative) in alternatives.enumerated() {
      let bit = UInt64(1) << UInt64(index)
      if alternative.canBeEmpty { atEnd |= bit }
      for byte in alternative.canBeEmpty ? Set(UInt8.min...UInt8.max) : alternative.firstBytes { table[Int(byte)] |= bit }
    }
    steps = UnsafePointer(copyInMemory(program.steps))
    sets = UnsafePointer(copyInMemory(program.sets))
    setCount = program.sets.count
    entries = UnsafePointer(copyInMemory(program.entries))
    entriesByFirstByte = UnsafePointer(copyInMemory(table))
    entriesAtEnd = atEnd
  }

  deinit {
    steps.deallocate()
    UnsafeMutablePointer(mutating: sets).deinitialize(count: setCount)
    sets.deallocate()
    entries.deallocate()
    entriesByFirstByte.deallocate()
  }
}

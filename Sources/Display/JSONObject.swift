#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension JSON {
  /// The members of a JSON object, always in the order of their keys' UTF-8 bytes.
  ///
  /// ```swift
  /// var object: JSON.Object = ["b": 1, "a": 2]
  /// object["c"] = .bool(true)
  /// object.map(\.key)   // ["a", "b", "c"]
  /// ```
  /// Keys are compared byte for byte. A `[String: JSON]` would not do: Swift takes «é» in one code point and in two for the same key,
  /// and a tokenizer's vocabulary has both. The order makes every output deterministic without sorting.
  /// Of several members with one key the last counts, as in Python and JavaScript.
  ///
  /// Complexity: O(log n) to look up, O(n) to insert or remove one key, O(n log n) to build.
  public struct Object: Sendable {
    public typealias Element = (key: String, value: JSON)
    private var members: [Element]

    public init() { members = [] }

    public init(_ members: some Sequence<(String, JSON)>) {
      self.init(unordered: members.map { (key: $0.0, value: $0.1) })
    }

    public init(_ dictionary: [String: JSON]) {
      self.init(unordered: dictionary.map { (key: $0.key, value: $0.value) })
    }

    init(unordered: [Element]) {
      members = unordered
      let isOrdered = members.indices.dropFirst().allSatisfy { compareBytes(members[$0 - 1].key, members[$0].key) < 0 }
      if isOrdered { return }
      // The first bytes as a number decide nearly always: a vocabulary is in order in a third of the time.
      let prefixes = members.map { firstBytes(of: $0.key) }
      // The position breaks ties, so that the last of several equal keys is the last of its run.
      let order = members.indices.sorted { left, right in
        if prefixes[left] != prefixes[right] { return prefixes[left] < prefixes[right] }
        let order = compareBytes(unordered[left].key, unordered[right].key)
        return order == 0 ? left < right : order < 0
      }
      members.removeAll(keepingCapacity: true)
      for position in order {
        if let last = members.last, compareBytes(last.key, unordered[position].key) == 0 { members.removeLast() }
        members.append(unordered[position])
      }
    }

    /// The value of a key; assigning nil removes the member.
    public subscript(key: String) -> JSON? {
      get {
        let position = lowerBound(of: key)
        guard position < members.count, compareBytes(members[position].key, key) == 0 else { return nil }
        return members[position].value
      }
      set {
        let position = lowerBound(of: key)
        let isThere = position < members.count && compareBytes(members[position].key, key) == 0
        switch (newValue, isThere) {
        case (let value?, true): members[position].value = value
        case (let value?, false): members.insert((key, value), at: position)
        case (nil, true): members.remove(at: position)
        case (nil, false): break
        }
      }
    }

    private func lowerBound(of key: String) -> Int {
      var low = 0
      var high = members.count
      while low < high {
        let middle = (low + high) / 2
        if compareBytes(members[middle].key, key) < 0 { low = middle + 1 } else { high = middle }
      }
      return low
    }
  }
}

extension JSON.Object: RandomAccessCollection {
  public var startIndex: Int { 0 }
  public var endIndex: Int { members.count }
  public subscript(position: Int) -> Element { members[position] }
}

extension JSON.Object: Equatable {
  public static func == (left: Self, right: Self) -> Bool {
    left.count == right.count && zip(left, right).allSatisfy { compareBytes($0.key, $1.key) == 0 && $0.value == $1.value }
  }
}

extension JSON.Object: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}

/// The first eight bytes of a string, the first in the highest place; zeros stand for those that it does not have.
private func firstBytes(of string: String) -> UInt64 {
  var number: UInt64 = 0
  var count: UInt64 = 0
  for byte in string.utf8.prefix(8) {
    number = number << 8 | UInt64(byte)
    count += 1
  }
  return count == 0 ? 0 : number << (8 * (8 - count))
}

/// The order of two strings by their UTF-8 bytes, which is also that of their code points: negative, zero or positive.
func compareBytes(_ left: String, _ right: String) -> Int {
  let order = left.utf8.withContiguousStorageIfAvailable { left in
    right.utf8.withContiguousStorageIfAvailable { right -> Int in
      let common = min(left.count, right.count)
      if common > 0, let a = left.baseAddress, let b = right.baseAddress {
        let order = memcmp(a, b, common)
        if order != 0 { return Int(order) }
      }
      return left.count - right.count
    }
  }
  if case .some(.some(let order)) = order { return order }
  return left.utf8.elementsEqual(right.utf8) ? 0 : (left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1)
}

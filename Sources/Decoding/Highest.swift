/// The indices of the highest values, from the highest down; of equal values, the lower index first. What is not a number is not among them.
///
/// Complexity: O(n) for random values and small counts, O(n log count) at worst.
func highest(_ count: Int, of values: UnsafeBufferPointer<Float>) -> [Int] {
  guard count > 0 else { return [] }
  // The lowest of those found so far stands first: a value that does not beat it costs one comparison.
  var heap: [Int] = []
  heap.reserveCapacity(min(count, values.count))
  func isLower(_ left: Int, _ right: Int) -> Bool {
    values[left] < values[right] || (values[left] == values[right] && left > right)
  }
  for index in values.indices where !values[index].isNaN {
    if heap.count < count {
      heap.append(index)
      var child = heap.count - 1
      while child > 0, isLower(heap[child], heap[(child - 1) / 2]) {
        heap.swapAt(child, (child - 1) / 2)
        child = (child - 1) / 2
      }
    } else if isLower(heap[0], index) {
      heap[0] = index
      var parent = 0
      while true {
        var lowest = parent
        for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isLower(heap[child], heap[lowest]) { lowest = child }
        if lowest == parent { break }
        heap.swapAt(parent, lowest)
        parent = lowest
      }
    }
  }
  return heap.sorted { isLower($1, $0) }
}

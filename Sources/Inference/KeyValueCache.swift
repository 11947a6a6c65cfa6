internal import CKernels
internal import Glibc

/// Where a hypothesis stands in a model's cache: the tokens that it has read, shared with every hypothesis that began the same way.
///
/// It is a small value. Forking a hypothesis is copying it: nothing else is copied, then or later. The memory of tokens that no
/// state reaches any more is used again.
public struct CacheState: Sendable {
  let block: CacheBlock?
  /// Number of tokens read.
  public let count: Int
  /// What an encoder has read, where the decoder belongs to one.
  let source: EncodedSource?

  init(block: CacheBlock? = nil, count: Int = 0, source: EncodedSource? = nil) {
    self.block = block
    self.count = count
    self.source = source
  }

  /// Where the hypothesis stood before its last tokens. Their memory stays as long as this state does.
  ///
  /// - Returns: nil when it has not read so many.
  public func droppingLast(_ count: Int) -> CacheState? {
    guard (0...self.count).contains(count) else { return nil }
    var block = block
    while let tip = block, tip.start >= self.count - count { block = tip.parent }
    return CacheState(block: block, count: self.count - count, source: source)
  }
}

/// A piece of the tree of read tokens: up to 32 tokens, of every layer, and the block that they continue.
///
/// The first state that grows past the end of a block writes into it; any other state that stands at the same place finds its room
/// taken and continues in a block of its own. So tokens are written once and never copied.
final class CacheBlock: @unchecked Sendable {
  static let capacity = 32

  let parent: CacheBlock?
  /// Position of the first token.
  let start: Int
  /// Tokens written; only grows. Guarded by the lock of the model.
  fileprivate(set) var filled = 0
  let memory: UnsafeMutableRawPointer
  fileprivate let pool: CachePool

  fileprivate init(parent: CacheBlock?, start: Int, pool: CachePool) {
    self.parent = parent
    self.start = start
    self.pool = pool
    memory = pool.take()
  }

  func belongs(to pool: CachePool) -> Bool { self.pool === pool }

  deinit { pool.give(memory) }
}

/// The shape of a model's cache, and the memory of blocks that are free.
///
/// A block lies as `[layer][keys, values][32 tokens][width]`.
final class CachePool: @unchecked Sendable {
  let layers: Int
  let width: Int
  let precision: CachePrecision
  private var lock = pthread_mutex_t()
  private var free: [UnsafeMutableRawPointer] = []
  private var blocks = 0

  init(layers: Int, width: Int, precision: CachePrecision) {
    self.layers = layers
    self.width = width
    self.precision = precision
    pthread_mutex_init(&lock, nil)
  }

  var blockBytes: Int { layers * 2 * CacheBlock.capacity * width * precision.bytes }
  /// Elements from a block's beginning to the keys of a layer; the values follow `CacheBlock.capacity * width` further on.
  func keysOffset(layer: Int) -> Int { layer * 2 * CacheBlock.capacity * width }

  /// Bytes of the blocks that some state reaches.
  var bytesInUse: Int {
    pthread_mutex_lock(&lock)
    defer { pthread_mutex_unlock(&lock) }
    return (blocks - free.count) * blockBytes
  }

  fileprivate func take() -> UnsafeMutableRawPointer {
    pthread_mutex_lock(&lock)
    defer { pthread_mutex_unlock(&lock) }
    if let memory = free.popLast() { return memory }
    blocks += 1
    return .allocate(byteCount: blockBytes, alignment: 64)
  }

  fileprivate func give(_ memory: UnsafeMutableRawPointer) {
    pthread_mutex_lock(&lock)
    free.append(memory)
    pthread_mutex_unlock(&lock)
  }

  deinit {
    for memory in free { memory.deallocate() }
    pthread_mutex_destroy(&lock)
  }

  /// Room for more tokens after a state: the new state, and where each token's keys and values go. Under the lock of the model.
  func extend(_ state: CacheState, by count: Int) -> (state: CacheState, places: [CachePlace]) {
    var places: [CachePlace] = []
    places.reserveCapacity(count)
    var tip = state.block
    for position in state.count..<state.count + count {
      if tip.map({ position != $0.start + $0.filled || $0.filled == CacheBlock.capacity }) ?? true {
        tip = CacheBlock(parent: tip, start: position, pool: self)
      }
      let block = tip.unsafelyUnwrapped
      places.append(CachePlace(memory: block.memory, slot: block.filled))
      block.filled += 1
    }
    return (CacheState(block: tip, count: state.count + count, source: state.source), places)
  }

  /// The blocks of a state from the first token on, each with the number of its tokens that the state has read.
  func runs(of state: CacheState) -> [ck_run] {
    var runs: [ck_run] = []
    var end = state.count
    var next = state.block
    while let block = next {
      if end > block.start {
        runs.append(ck_run(base: block.memory, count: Int32(end - block.start)))
        end = block.start
      }
      next = block.parent
    }
    runs.reverse()
    return runs
  }
}

/// What the layers of a decoder look at of an encoded text: keys and values, `[layer][keys, values][tokens][width]`.
final class EncodedSource: @unchecked Sendable {
  let count: Int
  let memory: UnsafeMutableRawPointer
  let pool: CachePool
  /// Floating-point operations that reading the text took.
  let operations: Int

  init(count: Int, operations: Int, pool: CachePool) {
    self.operations = operations
    self.count = count
    self.pool = pool
    memory = .allocate(byteCount: pool.layers * 2 * count * pool.width * pool.precision.bytes, alignment: 64)
  }

  func keysOffset(layer: Int) -> Int { layer * 2 * count * pool.width }

  /// Writes a layer's keys and values from rows that hold them side by side.
  func store(layer: Int, _ projected: Rows) {
    let width = pool.width
    for part in 0..<2 {
      for token in 0..<count {
        let place = keysOffset(layer: layer) + (part * count + token) * width
        let source = projected[token] + part * width
        switch pool.precision {
        case .float32: (memory.assumingMemoryBound(to: Float.self) + place).update(from: source, count: width)
        case .float16: ck_to_half(source, width, memory.assumingMemoryBound(to: UInt16.self) + place)
        }
      }
    }
  }

  deinit { memory.deallocate() }
}

/// Where one token's keys and values go.
struct CachePlace {
  let memory: UnsafeMutableRawPointer
  let slot: Int
}

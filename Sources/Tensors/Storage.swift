internal import CKernels
internal import CTraining

#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// A run of floats in memory that tensors share. Given back to the pool when nobody holds it any more.
package final class Storage {
  package let pointer: UnsafeMutablePointer<Float>
  package let count: Int
  private let block: MemoryPool.Block

  /// Memory with undefined content.
  package init(count: Int) {
    precondition(count >= 0, "a tensor cannot have \(count) elements")
    block = MemoryPool.shared.take(bytes: count * MemoryLayout<Float>.stride)
    pointer = block.memory.assumingMemoryBound(to: Float.self)
    self.count = count
  }

  package convenience init(count: Int, filledWith value: Float) {
    self.init(count: count)
    ct_fill(value, count, pointer)
  }

  deinit { MemoryPool.shared.give(block) }
}

/// Memory of tensors that are gone, kept for the next ones: a training step asks for the same sizes over and over, and pages that the
/// system has to clear first cost more than the arithmetic of a small model.
package final class MemoryPool: @unchecked Sendable {
  // The mutex guards `free`, which makes the class safe to share.
  package static let shared = MemoryPool()

  struct Block {
    let memory: UnsafeMutableRawPointer
    let bytes: Int
  }

  private var free: [Int: [Block]] = [:]
  private var mutex = pthread_mutex_t()

  private init() { pthread_mutex_init(&mutex, nil) }

  /// Sizes step by an eighth of a power of two, so that batches of different lengths find each other's memory.
  private func blockBytes(_ bytes: Int) -> Int {
    if bytes <= 1024 { return 1024 }
    let step = max(64, 1 << (Int.bitWidth - 1 - (bytes - 1).leadingZeroBitCount - 3))
    return (bytes + step - 1) / step * step
  }

  func take(bytes: Int) -> Block {
    let size = blockBytes(bytes)
    pthread_mutex_lock(&mutex)
    let found = free[size]?.popLast()
    pthread_mutex_unlock(&mutex)
    if let found { return found }
    let memory = size >= 1 << 21 ? ck_allocate_huge(size) : aligned_alloc(64, size)
    guard let memory else { fatalError("no memory for a tensor of \(bytes) bytes") }
    return Block(memory: memory, bytes: size)
  }

  func give(_ block: Block) {
    pthread_mutex_lock(&mutex)
    free[block.bytes, default: []].append(block)
    pthread_mutex_unlock(&mutex)
  }

  /// Gives all memory that no tensor uses back to the system.
  package func trim() {
    pthread_mutex_lock(&mutex)
    let blocks = free.values.flatMap { $0 }
    free = [:]
    pthread_mutex_unlock(&mutex)
    for block in blocks {
      if block.bytes >= 1 << 21 { ck_free_huge(block.memory, block.bytes) } else { release(block.memory) }
    }
  }
}

private func release(_ memory: UnsafeMutableRawPointer) { free(memory) }

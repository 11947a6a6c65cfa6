/// What `await` at the top level of a cell becomes: a task does the work, and the cell's own thread waits for it.
///
/// So the cell stays a plain script, whose variables are globals with the types that the compiler infers, whose `let`s stay constants, and
/// whose statements are compiled once. (A script with `await` of its own ends the process when it ends, and to move the statements into
/// an asynchronous function would compile each initialiser twice and turn every constant into a variable.)
///
/// The cell's thread belongs to no executor: while it waits, tasks and the main actor go on.
public func _cellAwait<Value>(_ body: @escaping () async -> Value) -> Value {
  let work = UncheckedBody(body: body)
  return wait { (await work.body(), nil) }!
}

/// The same for work that can throw.
public func _cellAwaitThrowing<Value>(_ body: @escaping () async throws -> Value) throws -> Value {
  let work = UncheckedBody(body: body)
  let outcome = Outcome<Value>()
  let value: Value? = wait {
    do { return (try await work.body(), nil) } catch { return (nil, error) }
  } failing: {
    outcome.error = $0
  }
  if let error = outcome.error { throw error }
  return value!
}

private final class Outcome<Value>: @unchecked Sendable {
  var value: Value?
  var error: (any Error)?
  var task: Task<Void, Never>?
}

private struct UncheckedBody<Function>: @unchecked Sendable {
  let body: Function
}

private func wait<Value>(
  _ work: @escaping @Sendable () async -> (Value?, (any Error)?), failing: (any Error) -> Void = { _ in }
) -> Value? {
  let runtime = Runtime.shared
  let latch = runtime.makeLatch()
  let address = UInt(bitPattern: latch)
  let outcome = Outcome<Value>()
  // Detached from this frame: an interrupt leaves the task to itself.
  outcome.task = Task {
    (outcome.value, outcome.error) = await work()
    runtime.openLatch(Runtime.Latch(bitPattern: address)!)
  }
  let cancellable = Unmanaged.passRetained(Cancellable(task: outcome.task!))
  runtime.waitForLatch(latch, { Unmanaged<Cancellable>.fromOpaque($0!).takeUnretainedValue().task.cancel() }, cancellable.toOpaque())
  cancellable.release()
  runtime.freeLatch(latch)
  if let error = outcome.error { failing(error) }
  return outcome.value
}

private final class Cancellable {
  let task: Task<Void, Never>
  init(task: Task<Void, Never>) { self.task = task }
}

/// What `for await` at the top level of a cell walks along.
public struct _CellSequence<Base: AsyncSequence>: Sequence, IteratorProtocol {
  private final class Storage {
    var iterator: Base.AsyncIterator
    init(_ iterator: Base.AsyncIterator) { self.iterator = iterator }
  }
  private let storage: Storage
  private let loop: Int

  /// The number is the loop's place in the cell: by it ``_cellRethrow(_:)`` finds the error that ended the loop.
  public init(_ base: Base, _ loop: Int) {
    storage = Storage(base.makeAsyncIterator())
    self.loop = loop
    failedLoops[loop] = nil
  }

  public mutating func next() -> Base.Element? {
    let storage = storage
    do {
      return try _cellAwaitThrowing {
        var iterator = storage.iterator
        defer { storage.iterator = iterator }
        return try await iterator.next()
      }
    } catch {
      failedLoops[loop] = error
      return nil
    }
  }
}

/// Errors that ended loops of the running cell. Only the thread that runs cells comes here.
nonisolated(unsafe) private var failedLoops: [Int: any Error] = [:]

/// Throws the error that ended the loop, if one did.
public func _cellRethrow(_ loop: Int) throws {
  if let error = failedLoops.removeValue(forKey: loop) { throw error }
}

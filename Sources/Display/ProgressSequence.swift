/// The sequence, with a bar that shows how far a loop over it has come.
///
/// ```swift
/// for prompt in progress(prompts, "decoding") { … }
/// ```
/// The bar appears when the loop begins, says elapsed time, rate and the time that is left, and says so when the loop was left early.
///
/// - Parameters:
///   - label: what is being done; may be empty.
///   - total: how many elements there are, where the sequence itself does not know: an array, a range and a stride do.
///   - unit: what an element is, in the plural.
public func progress<Source: Sequence>(
  _ source: Source, _ label: String = "", total: Int? = nil, unit: String = ""
) -> ProgressSequence<Source> {
  ProgressSequence(source: source, label: label, total: total, unit: unit)
}

/// The asynchronous sequence, with a bar that shows how far a loop over it has come.
///
/// ```swift
/// for try await token in progress(model.stream(prompt), total: 100, unit: "tokens") { … }
/// ```
/// Without a total there is no bar and no time that is left; elements are counted.
public func progress<Source: AsyncSequence>(
  _ source: Source, _ label: String = "", total: Int? = nil, unit: String = ""
) -> AsyncProgressSequence<Source> {
  AsyncProgressSequence(source: source, label: label, total: total, unit: unit)
}

/// Counts the elements that a loop has worked off: an element is done when the next one is asked for.
///
/// When the loop is left, nobody holds this any more, and the bar says that it stopped.
private final class ProgressCount {
  private let bar: ProgressBar
  private var hasBegun = false

  init(_ label: String, _ total: Int?, _ unit: String) { bar = ProgressBar(label, total: total, unit: unit) }

  func askForNext() {
    if hasBegun { bar.advance() }
    hasBegun = true
  }

  func end(_ isComplete: Bool) { if isComplete { bar.finish() } else { bar.stop() } }

  deinit { bar.stop() }
}

/// What ``progress(_:_:total:unit:)`` gives.
public struct ProgressSequence<Source: Sequence>: Sequence {
  let source: Source
  let label: String
  let total: Int?
  let unit: String

  public struct Iterator: IteratorProtocol {
    fileprivate var base: Source.Iterator
    private let count: ProgressCount

    fileprivate init(_ base: Source.Iterator, _ count: ProgressCount) {
      self.base = base
      self.count = count
    }

    public mutating func next() -> Source.Element? {
      count.askForNext()
      let element = base.next()
      if element == nil { count.end(true) }
      return element
    }
  }

  public func makeIterator() -> Iterator {
    // What a sequence knows of its length without being walked; 0 says nothing, except of a collection that is empty.
    let known = source.underestimatedCount
    let isEmpty = (source as? any Collection)?.isEmpty ?? false
    return Iterator(source.makeIterator(), ProgressCount(label, total ?? (known > 0 || isEmpty ? known : nil), unit))
  }

  public var underestimatedCount: Int { source.underestimatedCount }
}

/// What `progress` gives for an asynchronous sequence.
public struct AsyncProgressSequence<Source: AsyncSequence>: AsyncSequence {
  public typealias Element = Source.Element
  public typealias Failure = Source.Failure

  let source: Source
  let label: String
  let total: Int?
  let unit: String

  public struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate var base: Source.AsyncIterator
    private let count: ProgressCount

    fileprivate init(_ base: Source.AsyncIterator, _ count: ProgressCount) {
      self.base = base
      self.count = count
    }

    public mutating func next() async throws(Source.Failure) -> Source.Element? { try await next(isolation: nil) }

    public mutating func next(isolation actor: isolated (any Actor)?) async throws(Source.Failure) -> Source.Element? {
      count.askForNext()
      do {
        let element = try await base.next(isolation: actor)
        if element == nil { count.end(true) }
        return element
      } catch {
        count.end(false)
        throw error
      }
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(source.makeAsyncIterator(), ProgressCount(label, total, unit)) }
}

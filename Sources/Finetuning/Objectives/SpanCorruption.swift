public import Tensors

/// Replace spans of tokens by one sentinel each, and write what they were (Raffel et al. 2020, section 3.1.4): T5.
///
/// «Thank you for inviting me to your party last week.» with two spans hidden is read as `Thank you <X> me to your party <Y> week.`; the
/// output is `<X> for inviting <Y> last <Z>`.
public struct SpanCorruption: Sendable {
  /// The share of tokens that are hidden.
  public var rate: Double
  /// The mean length of a span, in tokens.
  public var meanSpan: Double

  public init(rate: Double = 0.15, meanSpan: Double = 3) {
    precondition(
      rate > 0 && rate < 1 && meanSpan >= 1, "span corruption with a rate of \(rate) and spans of \(meanSpan); 0..<1, and 1 or more")
    self.rate = rate
    self.meanSpan = meanSpan
  }

  /// What the encoder reads and the decoder writes when these spans are hidden.
  ///
  /// - Parameters:
  ///   - spans: in order, not touching each other.
  ///   - sentinels: one for every span, and one that ends the output.
  public func example(_ tokens: [Int], hiding spans: [Range<Int>], sentinels: [Int]) -> (input: [Int], target: [Int]) {
    precondition(spans.count < sentinels.count, "\(spans.count) spans need \(spans.count + 1) sentinels, and there are \(sentinels.count)")
    var (input, target, place) = ([Int](), [Int](), 0)
    for (span, sentinel) in zip(spans, sentinels) {
      input += tokens[place..<span.lowerBound] + [sentinel]
      target += [sentinel] + tokens[span]
      place = span.upperBound
    }
    input += tokens[place...]
    return (input, target + [sentinels[spans.count]])
  }

  /// Spans drawn as T5 draws them: the hidden tokens and the others are each cut into as many random pieces, which take turns.
  ///
  /// - Parameter count: tokens of the text, at least 2.
  /// - Returns: spans in order, none at the beginning, none touching another.
  public func spans(_ count: Int, using stream: inout RandomSource) -> [Range<Int>] {
    precondition(count >= 2, "a text of \(count) tokens cannot be hidden in part")
    let hidden = min(max(Int((Double(count) * rate).rounded()), 1), count - 1)
    let pieces = min(max(Int((Double(hidden) / meanSpan).rounded()), 1), count - hidden)
    let hiddenLengths = cut(hidden, into: pieces, &stream)
    let shownLengths = cut(count - hidden, into: pieces, &stream)
    var (spans, place) = ([Range<Int>](), 0)
    for (shown, hidden) in zip(shownLengths, hiddenLengths) {
      spans.append(place + shown..<place + shown + hidden)
      place += shown + hidden
    }
    return spans
  }

  /// Cuts a length into pieces of at least 1, all ways equally likely.
  private func cut(_ length: Int, into pieces: Int, _ stream: inout RandomSource) -> [Int] {
    let cuts = Array(1..<max(length, 1)).shuffled(using: &stream).prefix(pieces - 1).sorted()
    return zip([0] + cuts, cuts + [length]).map { $1 - $0 }
  }
}

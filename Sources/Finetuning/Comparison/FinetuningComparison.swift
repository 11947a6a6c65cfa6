internal import Layers
internal import Synchronization
internal import Tensors
internal import Display

/// Methods side by side: the same data, the same seed, the same budget, one row each.
///
/// ```swift
/// let comparison = try await FinetuningComparison(on: nli, epochs: 2, batchSize: 16, seed: 42) {
///   ZeroShot(gpt)
///   Head(on: bert, pooling: .firstToken)
///   TextToText(t5)
///   SoftPrompt(on: t5, length: 20)
///   LowRank(on: gpt, rank: 8)
/// }
/// comparison               // model · method · trainable parameters · accuracy · 95 % interval · operations · seconds
/// comparison.paired        // which differences are more than chance
/// comparison.losses        // the curves
/// ```
/// Rows run one after the other, each from the weights of its checkpoint. Of a method that trains, the parameters of its best validation
/// are tested. The floors, the commonest label and what the hypotheses alone give away, stand above.
///
/// An interrupt ends the running row and leaves out the later ones: what is there can be had from ``latest``, and lies in the folder
/// `savingTo` if one was given.
public struct FinetuningComparison: Sendable {
  /// The floors, then the methods in the order of the text.
  public internal(set) var rows: [FinetuningRow]
  /// The names of the labels.
  public let labels: [String]
  /// The right label of every example of the test part.
  public let answers: [Int]
  /// The data, the budget and the seed in words.
  public let setting: String
  public let seed: UInt64
  /// Whether an interrupt ended it.
  public internal(set) var isInterrupted = false
  /// Figures from papers, shown below the measured ones.
  public var published: [PublishedResult] = []

  init(rows: [FinetuningRow], labels: [String], answers: [Int], setting: String, seed: UInt64) {
    self.rows = rows
    self.labels = labels
    self.answers = answers
    self.setting = setting
    self.seed = seed
  }

  /// Runs every method.
  ///
  /// - Parameters:
  ///   - split: what is trained on, what chooses the best parameters, what is tested.
  ///   - epochs: passes over the training part.
  ///   - batchSize: examples of a step.
  ///   - seed: of new weights, of the order of examples, of dropout.
  ///   - maximumLength: tokens of an example; what is longer is cut.
  ///   - patience: validations without a better one after which a training ends; nil: it goes to its end.
  ///   - usesBFloat16: whether matrix products run in bf16, with weights in single precision.
  ///   - published: figures from papers to show below.
  ///   - folder: where rows and finetuned weights are written as soon as they are there; nil: nowhere.
  /// - Throws: ``DataError`` when the folder cannot be written. A method that fails does not throw: its row says why.
  public init(
    on split: DataSplit, epochs: Int, batchSize: Int, seed: UInt64, maximumLength: Int = 128, patience: Int? = nil,
    usesBFloat16: Bool = false, published: [PublishedResult] = [], savingTo folder: String? = nil,
    @MethodBuilder _ methods: () -> [any FinetuningMethod]
  ) async throws {
    precondition(epochs >= 1 && batchSize >= 1, "a comparison with \(epochs) epochs and batches of \(batchSize); both are at least 1")
    precondition(maximumLength >= 8, "texts of \(maximumLength) tokens; at least 8")
    let methods = methods()
    let count = NumberFormat.automatic.text(split.train.count)
    self.init(
      rows: FinetuningComparison.floors(split), labels: split.labels, answers: split.test.examples.map(\.label),
      setting: "\(split.train.name): \(count) to train on, \(split.validation.count) to validate, \(split.test.count) to test; "
        + "\(epochs) \(epochs == 1 ? "epoch" : "epochs"), batches of \(batchSize), at most \(maximumLength) tokens"
        + "\(usesBFloat16 ? ", bf16" : ""), seed \(seed)", seed: seed)
    self.published = published
    if let folder { try TextFile.makeFolder(folder) }
    let monitor = ComparisonMonitor()
    for (index, method) in methods.enumerated() {
      if Task.isCancelled { break }
      let run = MethodRun(
        method.recipe, split, epochs: epochs, batchSize: batchSize, seed: seed, maximumLength: maximumLength, patience: patience,
        usesBFloat16: usesBFloat16, monitor: monitor, folder: folder.map { "\($0)/row-\(index + 1)" })
      rows.append(await run.row())
      monitor.finished(self)
      FinetuningComparison.remembered.withLock { $0 = self }
      if let folder { try save(to: folder) }
    }
    isInterrupted = Task.isCancelled
    FinetuningComparison.remembered.withLock { $0 = self }
  }

  private static let remembered = Mutex<FinetuningComparison?>(nil)

  /// The comparison that ran last in this process, as far as it came: what an interrupted cell leaves behind.
  public static var latest: FinetuningComparison? { remembered.withLock { $0 } }

  private static func floors(_ split: DataSplit) -> [FinetuningRow] {
    var rows = [
      FinetuningRow(kind: .floor, model: "", method: "commonest label", trainable: 0, total: 0, predictions: Floors.majority(split))
    ]
    if let predictions = Floors.hypothesisOnly(split) {
      rows.append(
        FinetuningRow(kind: .floor, model: "", method: "hypothesis only, naive Bayes", trainable: 0, total: 0, predictions: predictions))
    }
    return rows
  }

  /// The share of right answers of a row; not a number where it has none.
  public func accuracy(_ row: FinetuningRow) -> Double {
    row.predictions.isEmpty ? .nan : ClassificationStatistics.accuracy(row.predictions, answers)
  }
}

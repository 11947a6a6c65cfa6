internal import Layers

/// A way to make a model do a task: one row of a ``FinetuningComparison``.
///
/// The methods are values that a cell writes down: ``ZeroShot``, ``Head``, ``FullFinetuning``, ``LastLayers``, ``TextToText``,
/// ``LowRank``, ``Prefix``, ``SoftPrompt``.
public protocol FinetuningMethod: Sendable {
  var recipe: MethodRecipe { get }
}

/// What a method does, as the comparison reads it.
public struct MethodRecipe: Sendable {
  /// What training changes.
  enum Change: Sendable, Equatable {
    case nothing
    case head
    case everything
    case lastLayers(Int)
    case lowRank(rank: Int, alpha: Double, targets: [String]?)
    case prefix(length: Int)
    case softPrompt(length: Int, SoftPrompt.Initialization)
  }

  /// How the model gives its answer.
  enum Answer: Sendable, Equatable {
    /// As the kind is used most: an encoder by a head, the others as text after this prompt, or the usual one.
    case natural(Prompt?)
    case head(Pooling.Choice?)
    case text(Prompt?)
  }

  let model: any Finetunable
  /// The method in tables: «LoRA, rank 8».
  let title: String
  let change: Change
  let answer: Answer
  var calibration = Calibration.none
  /// nil: what is usual for the method and the size of the model.
  var learningRate: Double?
}

/// Collects the rows of a comparison, one a line.
@resultBuilder
public enum MethodBuilder {
  public static func buildExpression(_ method: any FinetuningMethod) -> [any FinetuningMethod] { [method] }
  public static func buildExpression(_ methods: [any FinetuningMethod]) -> [any FinetuningMethod] { methods }
  public static func buildBlock(_ methods: [any FinetuningMethod]...) -> [any FinetuningMethod] { methods.flatMap { $0 } }
  public static func buildOptional(_ methods: [any FinetuningMethod]?) -> [any FinetuningMethod] { methods ?? [] }
  public static func buildEither(first methods: [any FinetuningMethod]) -> [any FinetuningMethod] { methods }
  public static func buildEither(second methods: [any FinetuningMethod]) -> [any FinetuningMethod] { methods }
  public static func buildArray(_ methods: [[any FinetuningMethod]]) -> [any FinetuningMethod] { methods.flatMap { $0 } }
}

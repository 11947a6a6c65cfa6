import Display
import Tensors

/// A model as its paper describes it: layers in the order in which a text flows through them, without numbers yet.
///
/// ```swift
/// let gpt = try Architecture(vocabularySize: 50_257, context: 1_024, width: 768) {
///   TokenEmbedding()
///   PositionEmbedding()
///   Repeated(12) {
///     Residual { LayerNorm(); SelfAttention(heads: 12, mask: .causal) }
///     Residual { LayerNorm(); FeedForward(expansion: 4, activation: .geluTanh) }
///   }
///   LayerNorm()
///   TiedHead()
/// }
/// gpt                                          // a tree: layer · output shape · parameters, total 124.4 M
/// let network = gpt.initialized(seed: 42)      // with numbers, ready to train
/// ```
/// Making one checks that every layer fits; one that does not is named.
public struct Architecture {
  /// The model's name in printouts.
  public let name: String
  public let vocabularySize: Int
  /// The longest text, in tokens; nil where positions set no limit.
  public let context: Int?
  /// The width of a token's vector.
  public let width: Int
  /// How weights are drawn that no layer draws in its own way.
  public let initializer: Initializer
  /// Whether weights that end a residual branch are drawn smaller by √(number of branches), as in GPT-2 (Radford et al. 2019, section 2.3).
  public let scalesResiduals: Bool
  let layers: [any Layer]
  let plans: [Plan]
  let residuals: Int
  /// What transformers calls it, where it is one of its classes.
  var form: CheckpointForm?

  /// - Parameters:
  ///   - vocabularySize: number of tokens.
  ///   - context: the longest text, in tokens, where there are learned positions.
  ///   - width: of a token's vector.
  /// - Throws: ``ModelError`` that names the first layer that does not fit.
  public init(
    _ name: String = "Architecture", vocabularySize: Int, context: Int? = nil, width: Int,
    initializer: Initializer = .normal(deviation: 0.02), scalesResiduals: Bool = false, @LayerBuilder _ layers: () -> [any Layer]
  ) throws(ModelError) {
    guard vocabularySize > 0, width > 0, context ?? 1 > 0 else {
      throw ModelError(name, "vocabulary \(vocabularySize), width \(width), context \(context ?? 1); all have to be positive")
    }
    self.name = name
    self.vocabularySize = vocabularySize
    self.context = context
    self.width = width
    self.initializer = initializer
    self.scalesResiduals = scalesResiduals
    self.layers = layers()
    (plans, residuals) = try Self.plan(self.layers, vocabularySize, context, width, initializer)
  }

  /// Whether one vector for a whole text comes out, not one for every token.
  public var classifies: Bool { plans.last.map { !$0.output.contains("time") } ?? false }

  /// Plans afresh: every network has weights of its own.
  func planned() -> [Plan] {
    // What was planned once can be planned again: a description does not change.
    guard let (plans, _) = try? Self.plan(layers, vocabularySize, context, width, initializer) else { return plans }
    return plans
  }

  private static func plan(
    _ layers: [any Layer], _ vocabularySize: Int, _ context: Int?, _ width: Int, _ initializer: Initializer
  ) throws(ModelError) -> (plans: [Plan], residuals: Int) {
    let surroundings = Site.Surroundings(vocabularySize: vocabularySize, context: context, width: width, initializer: initializer)
    var signal = Signal(form: .tokens)
    guard !layers.isEmpty else { throw ModelError("architecture", "has no layers") }
    let plans = try Layers.planned(layers, &signal, in: Site(path: "", architecture: surroundings))
    return (plans, surroundings.residuals)
  }

  /// Number of values that training changes; shared ones count once.
  public var parameterCount: Int { plans.reduce(0) { $0 + $1.parameterCount } }
}

extension Plan {
  var parameterCount: Int { allWeights.reduce(0) { $0 + $1.count } }
}

extension Architecture: Displayable, CustomStringConvertible {
  /// The layers as a tree, with the shapes that come out and the numbers of parameters.
  public var tree: Tree {
    Tree(
      columns: [TableColumn("output", alignment: .left), TableColumn("parameters")],
      root: Tree.Node(
        name, cells: [.text(plans.last?.output ?? ""), .integer(parameterCount)], note: "total \(millions(parameterCount))",
        children: plans.map(\.node)))
  }

  /// As text, whose columns line up: a picture of six levels side by side is wider than a page.
  public var mimeBundle: MIMEBundle { MIMEBundle(text: tree.description) }
  public var description: String { tree.description }

  private func millions(_ count: Int) -> String {
    if count < 1_000_000 { return "\(count)" }
    let tenths = (count + 50_000) / 100_000
    return "\(tenths / 10).\(tenths % 10) M"
  }
}

/// A number with commas between its thousands.
private func grouped(_ number: Int) -> String {
  let digits = Array(String(number))
  return digits.enumerated().map { ($0 > 0 && (digits.count - $0) % 3 == 0 ? "," : "") + String($1) }.joined()
}

extension Plan {
  /// Of layers that repeat, one block stands for all.
  fileprivate var node: Tree.Node {
    let shown = isRepeated ? children[0].children : children
    return Tree.Node(
      label, cells: [.text(output), .integer(parameterCount)],
      note: isRepeated ? "\(repetitions) × \(grouped(children[0].parameterCount))" : nil,
      children: shown.map(\.node))
  }
}

public import Layers

/// No training: the model is asked as it is.
///
/// An encoder fills in a word (or judges whether an answer follows), a decoder and an encoder-decoder score the words for the labels after
/// a prompt: the answer with the highest log-probability is given, as in lm-eval.
public struct ZeroShot: FinetuningMethod {
  public let recipe: MethodRecipe

  /// - Parameters:
  ///   - prompt: nil: the usual one for the kind of model.
  ///   - calibration: what is taken from the scores before they are compared.
  public init(_ model: any Finetunable, prompt: Prompt? = nil, calibration: Calibration = .none) {
    let words = [prompt?.name, calibration == .none ? nil : "\(calibration) calibration"].compactMap { $0 }
    recipe = MethodRecipe(
      model: model, title: (["zero-shot"] + words).joined(separator: ", "), change: .nothing, answer: .text(prompt),
      calibration: calibration)
  }
}

/// A linear classifier on the frozen model: how much the model's vectors say by themselves.
public struct Head: FinetuningMethod {
  public let recipe: MethodRecipe

  /// - Parameters:
  ///   - pooling: nil: the first token of an encoder (through its pooler, as in `BertForSequenceClassification`), the last of a decoder.
  ///   - isFrozen: whether the model below stays as it is; else all of it trains.
  public init(on model: any Finetunable, pooling: Pooling.Choice? = nil, isFrozen: Bool = true, learningRate: Double? = nil) {
    let title = (isFrozen ? "linear head" : "full, head") + (pooling.map { ", \($0)" } ?? "")
    recipe = MethodRecipe(
      model: model, title: title, change: isFrozen ? .head : .everything, answer: .head(pooling), learningRate: learningRate)
  }
}

/// Everything trains: an encoder with a classifier, a decoder and an encoder-decoder to write the label.
public struct FullFinetuning: FinetuningMethod {
  public let recipe: MethodRecipe

  public init(on model: any Finetunable, prompt: Prompt? = nil, learningRate: Double? = nil) {
    recipe = MethodRecipe(model: model, title: "full", change: .everything, answer: .natural(prompt), learningRate: learningRate)
  }
}

/// The last layers train, and the head where there is one; what lies below stays.
public struct LastLayers: FinetuningMethod {
  public let recipe: MethodRecipe

  /// - Parameter count: layers, at least 1; of an encoder-decoder, of the decoder.
  public init(_ count: Int, on model: any Finetunable, prompt: Prompt? = nil, learningRate: Double? = nil) {
    precondition(count >= 1, "LastLayers(\(count)): at least 1 layer trains")
    recipe = MethodRecipe(
      model: model, title: count == 1 ? "last layer" : "last \(count) layers", change: .lastLayers(count), answer: .natural(prompt),
      learningRate: learningRate)
  }
}

/// Everything trains to write the label as a word after the example (Raffel et al. 2020).
public struct TextToText: FinetuningMethod {
  public let recipe: MethodRecipe

  public init(_ model: any Finetunable, prompt: Prompt? = nil, learningRate: Double? = nil) {
    recipe = MethodRecipe(model: model, title: "full, text to text", change: .everything, answer: .text(prompt), learningRate: learningRate)
  }
}

/// Products of low rank train beside frozen maps: LoRA (Hu et al. 2022).
public struct LowRank: FinetuningMethod {
  public let recipe: MethodRecipe

  /// - Parameters:
  ///   - rank: r, at least 1.
  ///   - alpha: α; what is added is multiplied by α/r. nil: 2r.
  ///   - targets: ends of the paths of the maps; nil: the queries and values of all attention.
  public init(
    on model: any Finetunable, rank: Int, alpha: Double? = nil, targets: [String]? = nil, prompt: Prompt? = nil,
    learningRate: Double? = nil
  ) {
    precondition(rank >= 1, "LowRank(rank: \(rank)): the rank is at least 1")
    recipe = MethodRecipe(
      model: model, title: "LoRA, rank \(rank)",
      change: .lowRank(rank: rank, alpha: alpha ?? Double(2 * rank), targets: targets), answer: .natural(prompt), learningRate: learningRate
    )
  }
}

/// Keys and values train that every attention layer sees before the text's own (Li and Liang 2021).
///
/// For encoders and decoders; T5's attention has a learned score for every distance, and there is none for what has no position.
public struct Prefix: FinetuningMethod {
  public let recipe: MethodRecipe

  /// - Parameter length: vectors in every layer, at least 1.
  public init(on model: any Finetunable, length: Int, prompt: Prompt? = nil, learningRate: Double? = nil) {
    precondition(length >= 1, "Prefix(length: \(length)): at least 1 vector")
    recipe = MethodRecipe(
      model: model, title: "prefix of \(length)", change: .prefix(length: length), answer: .natural(prompt), learningRate: learningRate)
  }
}

/// Vectors train that stand before the embedded text; the model is frozen (Lester et al. 2021).
///
/// With an encoder the head on top trains as well. With T5 they stand before the encoder's input, and the decoder is untouched.
public struct SoftPrompt: FinetuningMethod {
  /// What the vectors are at first.
  public enum Initialization: String, Sendable {
    /// Embeddings of tokens drawn from the vocabulary.
    case vocabulary
    /// Embeddings of the labels' words, then of the vocabulary: the best of Lester et al. 2021, section 3.2.
    case labels
    /// Draws from a normal distribution with the deviation of the embeddings.
    case random
  }

  public let recipe: MethodRecipe

  /// - Parameter length: vectors, at least 1; Lester et al. use 100, and see little gain beyond 20.
  public init(
    on model: any Finetunable, length: Int, initialization: Initialization = .labels, prompt: Prompt? = nil,
    learningRate: Double? = nil
  ) {
    precondition(length >= 1, "SoftPrompt(length: \(length)): at least 1 vector")
    recipe = MethodRecipe(
      model: model, title: "soft prompt of \(length)", change: .softPrompt(length: length, initialization), answer: .natural(prompt),
      learningRate: learningRate)
  }
}

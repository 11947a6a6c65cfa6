import Display
import Tensors

/// How transformers describes an architecture: its `config.json`, and the names of its tensors.
struct CheckpointForm {
  let names: CheckpointNames
  let config: JSON
}

extension Architecture {
  /// The same architecture, of which transformers has a class: a network of it is saved under the names of that class.
  func known(as names: CheckpointNames, _ fields: [(String, JSON)]) -> Architecture {
    var architecture = self
    architecture.form = CheckpointForm(names: names, config: .object(JSON.Object(fields + [("dtype", "float32")])))
    return architecture
  }
}

extension Activation {
  /// What transformers calls it.
  var checkpointName: JSON {
    switch self {
    case .identity: "linear"
    case .gelu: "gelu"
    case .geluTanh: "gelu_new"
    case .relu: "relu"
    case .silu: "silu"
    case .tanh: "tanh"
    }
  }
}

extension JSON {
  /// A number as it was written in decimal: 0.1, not the nearest single-precision number's many digits.
  static func shortest(_ value: Float) -> JSON { .number(Double("\(value)") ?? Double(value)) }

  /// Names for the classes of a classifier, `LABEL_0` and so on, as transformers counts them.
  static func labels(_ count: Int) -> [(String, JSON)] {
    [
      ("id2label", .object(JSON.Object((0..<count).map { ("\($0)", .string("LABEL_\($0)")) }))),
      ("label2id", .object(JSON.Object((0..<count).map { ("LABEL_\($0)", .integer($0)) }))),
    ]
  }
}

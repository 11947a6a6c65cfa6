internal import CTraining

/// A function applied to every element.
public enum Activation: String, Sendable, CaseIterable {
  case identity
  /// x · Φ(x) (Hendrycks and Gimpel 2016), exact: `gelu` of BERT in transformers.
  case gelu
  /// Its approximation by tanh: `gelu_new` of GPT-2 and `gelu_pytorch_tanh` in transformers.
  case geluTanh
  case relu
  /// x · σ(x), also called swish.
  case silu
  case tanh

  var code: Int32 {
    switch self {
    case .identity: Int32(CT_IDENTITY)
    case .gelu: Int32(CT_GELU_ERF)
    case .geluTanh: Int32(CT_GELU_TANH)
    case .relu: Int32(CT_RELU)
    case .silu: Int32(CT_SILU)
    case .tanh: Int32(CT_TANH)
    }
  }
}

extension Tensor {
  /// The function of every element.
  public func activated(by activation: Activation) -> Tensor {
    if activation == .identity { return self }
    let output = Tensor(uninitialized: shape)
    ct_activate(activation.code, pointer, count, output.pointer)
    return recorded(output, from: [self]) { [self] dy in
      let dx = Storage(count: count)
      ct_activate_back(activation.code, pointer, dy.pointer, count, dx.pointer)
      return [dx]
    }
  }

  /// Gated units: of a tensor `[…, 2 · width]`, f(first half) · second half, `[…, width]` (Shazeer 2020).
  public func gated(by activation: Activation) -> Tensor {
    precondition(width % 2 == 0, "gated units take an even width, gates and values, not \(width)")
    let half = width / 2
    let rows = rows
    let output = Tensor(uninitialized: shape.dropLast() + [half])
    ct_gate(activation.code, pointer, Int32(rows), Int32(half), output.pointer)
    return recorded(output, from: [self]) { [self] dy in
      let dx = Storage(count: count)
      ct_gate_back(activation.code, pointer, dy.pointer, Int32(rows), Int32(half), dx.pointer)
      return [dx]
    }
  }

  /// Probabilities along the last dimension.
  public func softmax() -> Tensor {
    let output = Tensor(uninitialized: shape)
    let (rows, width) = (Int32(rows), Int32(width))
    ct_softmax(pointer, rows, width, output.pointer)
    let probabilities = output.storage
    return recorded(output, from: [self]) { dy in
      let dx = Storage(count: dy.count)
      ct_softmax_back(probabilities.pointer, dy.pointer, rows, width, dx.pointer)
      return [dx]
    }
  }
}

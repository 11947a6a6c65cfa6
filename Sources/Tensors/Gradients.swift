internal import CTraining

/// How a tensor was computed: its inputs, and the rule that turns its gradient into theirs.
final class Node {
  let inputs: [Tensor]
  /// The longest way down to a tensor that was not computed: larger than that of every input.
  let depth: Int
  /// The gradients of the inputs, in their order; nil where an input needs none.
  var rule: ((Storage) -> [Storage?])?

  init(inputs: [Tensor], rule: @escaping (Storage) -> [Storage?]) {
    self.inputs = inputs
    depth = inputs.reduce(0) { max($0, $1.node?.depth ?? 0) } + 1
    self.rule = rule
  }
}

/// Whether operations remember how they were computed.
enum Recording {
  @TaskLocal static var isOn = true
}

/// Runs operations without remembering how they were computed, as evaluation wants it: memory is given back at once.
///
/// ```swift
/// let logits = withoutGradients { model.logits(batch) }
/// ```
public func withoutGradients<Result>(_ body: () throws -> Result) rethrows -> Result {
  try Recording.$isOn.withValue(false, operation: body)
}

extension Tensor {
  /// Whether a gradient can arrive here: a parameter, or computed from one.
  package var isTracked: Bool { requiresGradient || node != nil }
}

/// The output of an operation, with the rule for its gradient when one of the inputs is tracked.
///
/// - Parameter rule: from the gradient of the output to those of the inputs, in their order; nil for an input that needs none.
package func recorded(_ output: Tensor, from inputs: [Tensor], rule: @escaping (Storage) -> [Storage?]) -> Tensor {
  if Recording.isOn, inputs.contains(where: \.isTracked) {
    output.node = Node(inputs: inputs, rule: rule)
  }
  return output
}

extension Tensor {
  /// Computes the gradient of this number with respect to every tensor that requires one and took part in it.
  ///
  /// Gradients are added to what an earlier call has left (see ``clearGradient()``). The history is used up: memory that it held is
  /// given back while the pass goes on, and a second call on the same tensor does nothing more.
  ///
  /// Reverse-mode differentiation over the recorded operations, deepest first (Baydin et al. 2018, section 3.2).
  public func backward() {
    precondition(count == 1, "backward() starts at one number, a loss, not at a tensor of shape \(shape)")
    precondition(isTracked, "backward() of a number that was computed from nothing that requires a gradient")
    addGradient(Storage(count: 1, filledWith: 1))
    var waiting = reachable().sorted { $0.node!.depth < $1.node!.depth }
    while let tensor = waiting.popLast() {
      guard let node = tensor.node else { continue }
      tensor.node = nil
      guard let gradient = tensor.gradientStorage, let rule = node.rule else { continue }
      // Released before the rule's results arrive, so that an input may take the memory over.
      tensor.gradientStorage = nil
      let gradients = rule(gradient)
      node.rule = nil
      for (input, gradient) in zip(node.inputs, gradients) where input.isTracked {
        if let gradient { input.addGradient(gradient) }
      }
    }
  }

  private func reachable() -> [Tensor] {
    var seen: Set<ObjectIdentifier> = []
    var found: [Tensor] = []
    var waiting = [self]
    while let tensor = waiting.popLast() {
      guard let node = tensor.node, seen.insert(ObjectIdentifier(tensor)).inserted else { continue }
      found.append(tensor)
      waiting.append(contentsOf: node.inputs)
    }
    return found
  }

  /// Adds to the gradient, in place where the memory has no other holder.
  func addGradient(_ addition: Storage) {
    guard gradientStorage != nil else {
      gradientStorage = addition
      return
    }
    if isKnownUniquelyReferenced(&gradientStorage!) {
      ct_add_scaled(1, addition.pointer, count, gradientStorage!.pointer)
    } else {
      let sum = Storage(count: count)
      ct_combine(Int32(CT_ADD), gradientStorage!.pointer, addition.pointer, count, count, sum.pointer)
      gradientStorage = sum
    }
  }

  /// Memory for a rule that adds to the gradient of a parameter by itself: what is there already, or zeros.
  package func gradientToAddTo() -> Storage {
    if gradientStorage == nil || !isKnownUniquelyReferenced(&gradientStorage!) {
      let copy = Storage(count: count)
      if let old = gradientStorage {
        copy.pointer.update(from: old.pointer, count: count)
      } else {
        ct_fill(0, count, copy.pointer)
      }
      gradientStorage = copy
    }
    return gradientStorage!
  }

  /// Memory for a rule that writes or adds to the gradient of a parameter by itself.
  package func gradientToWrite() -> (storage: Storage, isAddition: Bool) {
    if gradientStorage == nil {
      gradientStorage = Storage(count: count)
      return (gradientStorage!, false)
    }
    return (gradientToAddTo(), true)
  }
}

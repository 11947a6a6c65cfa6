import LanguageModels

/// An unfinished text in a search. It is a value that owns its state: a fork is a copy.
struct Hypothesis: Sendable {
  /// Its place in the record; nil for the prompt.
  var node: Int?
  /// What was written after the prompt.
  var tokens: [Int] = []
  /// What the model remembers. Of a new hypothesis, it is the state before its last tokens until the model has read them.
  var state: ModelState
  /// How many of the tokens, from the end, the model has not read yet.
  var unread = 0
  /// The sum of the model's own log-probabilities, in nats.
  var total = 0.0
  /// The same after adapters.
  var adaptedTotal = 0.0
  var adapters: AdapterChain
  /// The text as its checker knows it, where there is one.
  var text: CheckedText?

  /// The hypothesis with one token more.
  func continued(by proposal: Proposal, at node: Int?) -> Hypothesis {
    var next = self
    next.accept(proposal, at: node)
    return next
  }

  mutating func accept(_ proposal: Proposal, at node: Int?) {
    self.node = node
    tokens.append(proposal.token)
    unread += 1
    total += proposal.logProbability
    adaptedTotal += proposal.adapted
    adapters.accept(proposal.token, logProbability: proposal.adapted)
    text?.accept(proposal.token, keptMass: proposal.keptMass)
  }

  /// What the model has to read for the logits after the last token.
  var input: ForwardInput { ForwardInput(state, tokens: Array(tokens.suffix(unread))) }

  mutating func hasRead(_ state: ModelState) {
    self.state = state
    unread = 0
  }
}

/// A token that may come next after a hypothesis.
struct Proposal: Sendable {
  var token: Int
  /// The model's own, in nats.
  var logProbability: Double
  /// After adapters: what a search adds up.
  var adapted: Double
  /// Which part of the model's probability the checker allowed at this place, from 0 to 1.
  var keptMass = 1.0
}

extension Proposal {
  /// A token where no adapter has a say.
  init(token: Int, logProbability: Double) {
    self.init(token: token, logProbability: logProbability, adapted: logProbability)
  }
}

import JupyterKernel

/// Compiles the cells that wait while another one runs: a compilation needs the modules before it, not their values.
///
/// It goes on from what the notebook will be if the running cell comes to its end. If it does not, the plan of the next cell, made anew from
/// what the notebook then is, has another key, and what was compiled for the old one is never run: so nothing of this shows but the speed.
final class Foresight: Sendable {
  /// What decides how the next cell is compiled.
  struct Base: Sendable {
    var scope = Scope()
    /// The keys of the modules that the scope names.
    var keys: [String: Digest] = [:]

    /// The notebook after a cell has come to its end.
    func after(_ plan: CellPlan, _ output: Compiler.Output, reached: UInt32 = .max - 1) -> Base {
      var next = self
      next.scope.absorb(plan.syntax, module: output.module, reached: reached, clauses: output.clauses)
      next.keys[output.module] = plan.key
      return next
    }
  }

  private struct Step {
    var cell: Cell
    var key: Digest
    var after: Base
  }

  private struct State {
    /// The notebook as it will be after the running cell; nil when that cannot be known.
    var base: Base?
    /// The number of the running cell.
    var number = 0
    /// Cells that will come, by their numbers.
    var expected: [Int: Cell] = [:]
    /// Those of them that are compiled, in order.
    var steps: [Step] = []
    /// The one that is being compiled.
    var current: (key: Digest, ticket: Compiler.Ticket)?
    /// The next cell cannot be compiled ahead.
    var isBlocked = false
    var isWorking = false

    var next: Cell? {
      if base == nil || isBlocked || steps.count >= Foresight.farthest { return nil }
      return expected[(steps.last?.cell.number ?? number) + 1]
    }

    /// The first step has become the running cell; false when it is another cell's.
    mutating func reach(_ key: Digest) -> Bool {
      guard let first = steps.first, first.key == key, let number = first.cell.number else { return false }
      base = first.after
      self.number = number
      steps.removeFirst()
      return true
    }

    mutating func forget() {
      current?.ticket.cancel()
      base = nil
      steps = []
    }
  }

  /// How many cells are compiled before the first of them runs.
  private static let farthest = 16

  private let state = Monitor(State())
  private let compiler: Compiler
  private let plan: @Sendable (Cell, Base) -> CellPlan?

  /// - Parameter plan: makes the plan of a cell; nil for one that must not be compiled before it runs.
  init(compiler: Compiler, plan: @escaping @Sendable (Cell, Base) -> CellPlan?) {
    self.compiler = compiler
    self.plan = plan
  }

  /// These cells wait, with the numbers that they will have if nothing comes between.
  func expect(_ cells: [Cell]) {
    state.withLock { state in
      state.expected = [:]
      for cell in cells { if let number = cell.number { state.expected[number] = cell } }
      if let wrong = state.steps.firstIndex(where: { step in
        step.cell.number.flatMap { state.expected[$0] }.map { $0.text != step.cell.text } ?? false
      }) {
        state.steps.removeSubrange(wrong...)
      }
      state.isBlocked = false
    }
    work()
  }

  /// A cell is about to be compiled for running: waits for it if it is just being compiled here, and takes note when all came otherwise.
  func meet(_ plan: CellPlan) {
    let mustWait = state.withLock { state in
      if state.reach(plan.key) { return false }
      if state.current?.key == plan.key { return true }
      if plan.cell.number != nil { state.forget() }
      return false
    }
    if !mustWait { return }
    state.wait { $0.current?.key != plan.key }
    // It has become a step meanwhile, or cannot be compiled.
    state.withLock { if !$0.reach(plan.key) { $0.forget() } }
  }

  /// A cell begins to run; `base` is what the notebook will be when it has come to its end.
  func begin(_ cell: Cell, leadingTo base: @autoclosure () -> Base) {
    guard let number = cell.number else { return }
    state.withLock { state in
      state.isBlocked = false
      if state.base != nil, state.number == number { return }
      state.forget()
      state.base = base()
      state.number = number
    }
    work()
  }

  /// What was foreseen does not come: the process with the variables is gone.
  func forget() { state.withLock { $0.forget() } }

  /// Stops what is being compiled; it goes on with the next cell.
  func interrupt() {
    state.withLock { state in
      state.isBlocked = true
      state.current?.ticket.cancel()
    }
  }

  // MARK: The thread that compiles

  private func work() {
    let mustStart = state.withLock { state in
      guard !state.isWorking, state.next != nil else { return false }
      state.isWorking = true
      return true
    }
    if mustStart { startThread { [self] in while step() {} } }
  }

  private func step() -> Bool {
    let found = state.withLock { state -> (Cell, Base)? in
      guard let cell = state.next, let base = state.steps.last?.after ?? state.base else {
        state.isWorking = false
        return nil
      }
      return (cell, base)
    }
    guard let (cell, base) = found else { return false }
    guard let plan = plan(cell, base) else {
      state.withLock { $0.isBlocked = true }
      return true
    }
    if plan.syntax.isEmpty {
      state.withLock { $0.steps.append(Step(cell: cell, key: plan.key, after: base)) }
      return true
    }
    let ticket = Compiler.Ticket()
    state.withLock { $0.current = (plan.key, ticket) }
    let output = try? compiler.compileAhead(plan, ticket: ticket)
    state.withLock { state in
      state.current = nil
      if ticket.isCancelled { return }
      guard let output else {
        // A cell that is not accepted ends the run, as a rule.
        state.isBlocked = true
        return
      }
      state.steps.append(Step(cell: cell, key: plan.key, after: base.after(plan, output)))
    }
    return true
  }
}

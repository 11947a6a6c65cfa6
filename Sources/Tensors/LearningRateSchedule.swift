#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

/// The learning rate as a function of the step.
///
/// ```swift
/// let schedule = LearningRateSchedule.linear(peak: 5e-5, warmup: 100, total: 1_000)
/// schedule.learningRate(at: 50)      // 2.5e-05
/// schedule.learningRate(at: 550)     // 2.5e-05
/// ```
public enum LearningRateSchedule: Sendable, Equatable {
  case constant(Double)
  /// Up from 0 over the warm-up, then constant.
  case warmup(peak: Double, warmup: Int)
  /// Up from 0 over the warm-up, then straight down to 0 at the last step.
  case linear(peak: Double, warmup: Int, total: Int)
  /// Up from 0 over the warm-up, then half a cosine down to `final` at the last step (Loshchilov and Hutter 2017).
  case cosine(peak: Double, warmup: Int, total: Int, final: Double = 0)
  /// peak · min(step/warmup, √(warmup/step)): Vaswani et al. 2017, section 5.3, with its peak written out; T5's pretraining.
  case inverseSquareRoot(peak: Double, warmup: Int)

  /// The rate of a step.
  ///
  /// - Parameter step: counted from 0: the first step of a warm-up over n steps has the rate 0, as in transformers.
  public func learningRate(at step: Int) -> Double {
    switch self {
    case .constant(let rate): return rate
    case .warmup(let peak, let warmup): return peak * Self.rise(step, warmup)
    case .linear(let peak, let warmup, let total):
      if step < warmup { return peak * Self.rise(step, warmup) }
      return peak * max(0, Double(total - step) / Double(max(1, total - warmup)))
    case .cosine(let peak, let warmup, let total, let final):
      if step < warmup { return peak * Self.rise(step, warmup) }
      let progress = min(1, Double(step - warmup) / Double(max(1, total - warmup)))
      return final + (peak - final) * 0.5 * (1 + cos(.pi * progress))
    case .inverseSquareRoot(let peak, let warmup):
      if step < warmup { return peak * Self.rise(step, warmup) }
      return peak * (Double(max(warmup, 1)) / Double(max(step, 1))).squareRoot()
    }
  }

  private static func rise(_ step: Int, _ warmup: Int) -> Double { min(1, Double(step) / Double(max(1, warmup))) }
}

/// `base` to the power of `exponent`.
func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

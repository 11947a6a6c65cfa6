import Checkpoints
import Display
internal import CKernels
internal import Glibc

/// Rotary positions (Su et al. 2021): pairs of elements of queries and keys turn by an angle that grows with the position.
struct RotaryPositions: Sendable {
  /// Angle per position of each pair, `[headSize / 2]`.
  let frequencies: [Float]

  init(headSize: Int, base: Double) {
    frequencies = (0..<headSize / 2).map { Float(1 / pow(base, Double(2 * $0) / Double(headSize))) }
  }

  private init(frequencies: [Float]) { self.frequencies = frequencies }

  /// Positions divided by a factor («linear» scaling).
  func scaled(by factor: Float) -> RotaryPositions { RotaryPositions(frequencies: frequencies.map { $0 / factor }) }

  /// Each pair's frequency divided by a factor of its own.
  func divided(by factors: [Float]) -> RotaryPositions { RotaryPositions(frequencies: zip(frequencies, factors).map { $0 / $1 }) }

  /// Llama 3.1's scaling: slow pairs are slowed by the factor, fast ones left, those between mixed.
  func llama3(factor: Double, lowFactor: Double, highFactor: Double, originalLength: Double) -> RotaryPositions {
    RotaryPositions(
      frequencies: frequencies.map { frequency in
        let wavelength = 2 * Double.pi / Double(frequency)
        if wavelength < originalLength / highFactor { return frequency }
        if wavelength > originalLength / lowFactor { return frequency / Float(factor) }
        let mix = (originalLength / wavelength - lowFactor) / (highFactor - lowFactor)
        return Float((1 - mix) * Double(frequency) / factor + mix * Double(frequency))
      })
  }

  /// For each position cosines, then sines: `[positions, headSize]`.
  func turns(at positions: [Int], _ space: Workspace) -> Rows {
    let half = frequencies.count
    let turns = space.rows(.turns, count: positions.count, width: 2 * half)
    for (row, position) in positions.enumerated() {
      for i in 0..<half {
        let angle = Float(position) * frequencies[i]
        turns[row][i] = cosf(angle)
        turns[row][half + i] = sinf(angle)
      }
    }
    return turns
  }

  /// Turns the heads that stand at the beginning of each row.
  static func rotate(_ x: Rows, heads: Int, size: Int, by turns: Rows) {
    ck_rotate_halves(x.base, x.width, Int32(x.count), Int32(heads), Int32(size), turns.base)
  }
}

extension RotaryPositions {
  /// The positions that a Llama configuration asks for.
  init(_ checkpoint: Checkpoint, headSize: Int) throws(CheckpointError) {
    // Older configurations have `rope_theta` and `rope_scaling`, newer ones `rope_parameters` with both.
    let parameters = [checkpoint.config["rope_parameters"], checkpoint.config["rope_scaling"]].compactMap { $0 }.first { !$0.isNull }
    let base = (parameters?["rope_theta"] ?? checkpoint.config["rope_theta"])?.doubleValue ?? 10_000
    let plain = RotaryPositions(headSize: headSize, base: base)
    let kind = (parameters?["rope_type"] ?? parameters?["type"])?.stringValue ?? "default"
    func number(_ name: String) throws(CheckpointError) -> Double {
      guard let value = parameters?[name]?.doubleValue, value > 0 else {
        let found = parameters?[name]?.compactText ?? "missing"
        throw CheckpointError(
          file: checkpoint.configPath, .setting(name: "rope_scaling.\(name)", found: found, allowed: "a positive number"))
      }
      return value
    }
    switch kind {
    case "default": self = plain
    case "linear": self = plain.scaled(by: Float(try number("factor")))
    case "llama3":
      self = plain.llama3(
        factor: try number("factor"), lowFactor: try number("low_freq_factor"), highFactor: try number("high_freq_factor"),
        originalLength: try number("original_max_position_embeddings"))
    default:
      throw CheckpointError(
        file: checkpoint.configPath, .setting(name: "rope_type", found: "\"\(kind)\"", allowed: "\"default\", \"linear\", \"llama3\""))
    }
  }
}

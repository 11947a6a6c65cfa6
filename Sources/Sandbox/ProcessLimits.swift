/// What a program that is not trusted may use.
public struct ProcessLimits: Sendable, Equatable {
  /// Seconds by the clock until it must have ended, or made its next report.
  public var seconds: Double
  /// Bytes of memory.
  public var memoryBytes: Int
  /// Bytes of one file that it writes, in its own folder; all of them together may be four times that.
  public var fileBytes: Int
  /// Bytes that it prints.
  public var outputBytes: Int

  /// - Parameters:
  ///   - seconds: above 0, at most 3,600.
  ///   - memoryBytes: at least 16 MB.
  ///   - fileBytes: at least 0.
  ///   - outputBytes: at least 0; what comes after is not kept, and ends the program.
  public init(seconds: Double = 5, memoryBytes: Int = 512 << 20, fileBytes: Int = 16 << 20, outputBytes: Int = 1 << 20) {
    self.seconds = seconds
    self.memoryBytes = memoryBytes
    self.fileBytes = fileBytes
    self.outputBytes = outputBytes
  }

  /// What is wrong with the limits; nil where nothing is.
  public var refusal: String? {
    if !(seconds > 0 && seconds <= 3_600) { return "seconds: \(seconds): more than 0 and at most 3,600 are allowed." }
    if memoryBytes < 16 << 20 { return "memoryBytes: \(memoryBytes): at least 16,777,216 are needed to start a program." }
    if fileBytes < 0 { return "fileBytes: \(fileBytes): at least 0." }
    if outputBytes < 0 { return "outputBytes: \(outputBytes): at least 0." }
    return nil
  }
}

/// How a program ended.
public enum ProcessEnding: Sendable, Equatable {
  case exited(Int)
  case signal(Int)
  /// Its time was over, by the clock or by the processor's.
  case timedOut
  /// It took more memory than it may.
  case tookMemory
  /// It printed more than it may.
  case printedTooMuch
  /// It wrote more files than it may.
  case wroteTooMuch
}

/// What a program has done.
public struct ProcessResult: Sendable {
  public let ending: ProcessEnding
  public let output: String
  public let errors: String
  /// Seconds by the clock.
  public let seconds: Double
  /// The most bytes of memory that it was seen to hold.
  public let peakBytes: Int
}

/// Why a program could not be started.
public struct SandboxError: Error, Equatable, CustomStringConvertible {
  public let program: String
  public let reason: String
  public var description: String { "\(program) was not started: \(reason)." }

  public init(program: String, reason: String) {
    self.program = program
    self.reason = reason
  }
}

internal import CKernels

/// The threads that models compute on: one pool for the process. Results do not depend on their number.
public enum InferenceThreads {
  /// Threads in use, the calling one included; at first as many as the process has processors. Allowed: 1 to 64.
  public static var count: Int {
    get { Int(ck_threads()) }
    set {
      precondition((1...64).contains(newValue), "InferenceThreads.count is \(newValue); allowed: 1 to 64")
      ck_set_threads(Int32(newValue))
    }
  }

  /// The vector instructions in use: `portable`, `AVX2`, `AVX-512`, or `AVX-512 with VNNI and BF16`.
  public static var instructions: String {
    ["portable", "AVX2", "AVX-512", "AVX-512 with VNNI and BF16"][Int(ck_level())]
  }
}

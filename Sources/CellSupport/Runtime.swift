import Display
import Glibc

/// The functions of the worker that cells call, found by name: outside a worker this module is never used, and nothing is missing.
struct Runtime {
  typealias Emit = @convention(c) (UInt8, UnsafeRawPointer?, Int) -> Void
  typealias Latch = UnsafeMutablePointer<Int32>

  let emit: Emit
  let mark: @convention(c) (UInt32) -> Void
  let shouldStop: @convention(c) () -> Bool
  let putString: @convention(c) (UnsafeMutableRawPointer, UnsafePointer<CChar>, Int) -> Void
  let ask: @convention(c) (UnsafePointer<CChar>, Bool) -> UnsafeMutablePointer<CChar>?
  let makeLatch: @convention(c) () -> Latch
  let openLatch: @convention(c) (Latch) -> Void
  let waitForLatch: @convention(c) (Latch, @convention(c) (UnsafeMutableRawPointer?) -> Void, UnsafeMutableRawPointer?) -> Void
  let freeLatch: @convention(c) (Latch) -> Void
  /// Does not return.
  let endWithError: @convention(c) (UnsafePointer<CChar>, UnsafePointer<CChar>) -> Void

  static let shared: Runtime = {
    func find<Function>(_ name: String) -> Function {
      guard let address = dlsym(nil, name) else { fatalError("CellSupport is for cells: the process has no \(name)") }
      return unsafeBitCast(address, to: Function.self)
    }
    return Runtime(
      emit: find("beamline_emit"), mark: find("beamline_mark"), shouldStop: find("beamline_should_stop"),
      putString: find("beamline_put_string"), ask: find("beamline_ask"),
      makeLatch: find("beamline_latch_make"), openLatch: find("beamline_latch_open"), waitForLatch: find("beamline_latch_wait"),
      freeLatch: find("beamline_latch_free"), endWithError: find("beamline_throw"))
  }()
}

@_exported import Display

/// Shows the value of a cell's last expression; `Void` is no value.
///
/// One generic function: beside an overload for `Void`, a sum of ten literals would take the type checker ten seconds.
public func _cellResult<Value>(_ value: Value) {
  if Value.self == Void.self { return }
  WorkerSink().result(MIMEBundle(describing: value))
}

/// Shows the type of a value that cannot be copied, or must not leave its place: nothing else is known of it.
@_disfavoredOverload
public func _cellResult<Value: ~Copyable & ~Escapable>(_ value: borrowing Value) {
  WorkerSink().result(MIMEBundle(text: "\(unsafeBitCast(Value.self as any (~Copyable & ~Escapable).Type, to: Any.Type.self))"))
}

/// Says that so many of the cell's variables have their value: what comes later is not offered to other cells if this one ends early.
public func _cellReached(_ count: UInt32) {
  Runtime.shared.mark(count)
}

/// Called once by the worker, before the first cell: from then on `display` writes to the notebook, and long work hears of interrupts.
@_cdecl("beamline_start_cells")
public func _startCells() {
  DisplayOutput.sink = WorkerSink()
  WidgetEnvironment.start { body in try _cellAwaitThrowing(body) }
  Interruption.setSource { Runtime.shared.shouldStop() }
}

/// Called by the worker for an error that a cell throws and nobody catches: writes the type's name and the description.
@_cdecl("beamline_describe_error")
public func _describeError(_ error: UnsafeRawPointer, _ payload: UnsafeMutableRawPointer) {
  let thrown = unsafeBitCast(error, to: (any Error).self)
  for text in ["\(type(of: thrown))", "\(thrown)"] {
    var text = text
    text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { Runtime.shared.putString(payload, $0.baseAddress!, $0.count) }
    }
  }
}

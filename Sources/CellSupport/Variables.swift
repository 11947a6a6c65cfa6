import Display

/// A line of the table that `%vars` shows.
private struct Variable {
  var name: String
  var type: String
  var value: String
  var cell: String
}

/// Only the thread that runs cells comes here.
nonisolated(unsafe) private var listed: [Variable] = []

/// Notes a variable for ``_cellVariables()``.
public func _cellVariable<Value>(_ name: String, _ cell: String, _ value: Value) {
  listed.append(Variable(name: name, type: "\(type(of: value as Any))", value: shortDescription(of: value), cell: cell))
}

/// Notes a variable whose value cannot be copied: only its type can be told.
@_disfavoredOverload
public func _cellVariable<Value: ~Copyable & ~Escapable>(_ name: String, _ cell: String, _ value: borrowing Value) {
  let type = unsafeBitCast(Value.self as any (~Copyable & ~Escapable).Type, to: Any.Type.self)
  listed.append(Variable(name: name, type: "\(type)", value: "", cell: cell))
}

/// Notes a variable that has no value until it is mentioned.
public func _cellComputedVariable(_ name: String, _ cell: String) {
  listed.append(Variable(name: name, type: "", value: "(computed at each mention)", cell: cell))
}

/// The variables that were noted, as `%vars` shows them.
public func _cellVariables() -> Table {
  defer { listed = [] }
  return Table(listed) {
    Column("variable", \.name)
    Column("type", \.type)
    Column("value", \.value)
    Column("declared in", \.cell)
  }.showing(rows: 500)
}

import Display
internal import CProcess
internal import Glibc

/// Asks the toolchain's symbolizer which lines addresses in a shared object belong to.
struct Symbolizer {
  let toolchain: Toolchain

  struct Location: Equatable {
    /// The name that the cell's text has in its line table: `In[3]`.
    var file: String
    /// The whole path, for a file of a package.
    var path = ""
    var line: Int
    var column: Int
    var function: String
  }

  /// For each offset its locations, innermost first (an inlined call has several); empty where nothing is known.
  func locations(of offsets: [UInt64], in sharedObject: String) -> [[Location]] {
    let nothing = offsets.map { _ in [Location]() }
    guard !offsets.isEmpty, access(toolchain.symbolizer, X_OK) == 0 else { return nothing }
    let output = Pipe()
    defer { close(output.read) }
    let arguments = ["--output-style=JSON", "--inlining", "--obj=\(sharedObject)"] + offsets.map { "0x" + String($0, radix: 16) }
    guard let process = try? ChildProcess(toolchain.symbolizer, arguments, descriptors: [1: output.write]) else {
      close(output.write)
      return nothing
    }
    close(output.write)
    let bytes = readAll(output.read)
    process.wait()
    guard case .array(let entries)? = try? JSON(parsing: bytes), entries.count == offsets.count else { return nothing }
    return entries.map { entry in
      (entry["Symbol"]?.arrayValue ?? []).map { symbol in
        Location(
          file: symbol["FileName"]?.stringValue?.split(separator: "/").last.map(String.init) ?? "",
          path: symbol["FileName"]?.stringValue ?? "", line: symbol["Line"]?.intValue ?? 0,
          column: symbol["Column"]?.intValue ?? 0,
          function: symbol["FunctionName"]?.stringValue ?? "")
      }
    }
  }

  /// A function's name without module, parameters and result: `Stack.push`, `closure in total`; empty for a cell's own top level.
  static func plainName(_ symbol: String) -> String {
    let demangled: UnsafeMutablePointer<CChar>? = beamline_demangled(symbol)
    let name = demangled.map { demangled in
      defer { free(demangled) }
      return String(cString: demangled)
    }
    guard var name = name ?? (symbol.hasSuffix("_main") ? nil : symbol) else { return "" }
    name = name.replacing(/\b(Cell[0-9]+_[0-9a-f]{8}|main|Swift)\./, with: "")
    for prefix in ["generic specialization ", "function signature specialization "] where name.hasPrefix(prefix) {
      if let range = name.ranges(of: " of ").first { name = String(name[range.upperBound...]) }
    }
    let isClosure = name.hasPrefix("closure #") || name.hasPrefix("implicit closure #")
    if isClosure {
      guard let range = name.ranges(of: " in ").last else { return "closure" }
      name = String(name[range.upperBound...])
    }
    name = String(name.prefix { !"(<[".contains($0) }).split(separator: " ").first.map(String.init) ?? ""
    for suffix in [".getter", ".setter"] where name.hasSuffix(suffix) { name = String(name.dropLast(suffix.count)) }
    if name.hasSuffix("_main") || name.wholeMatch(of: /Cell[0-9]+_[0-9a-f]{8}/) != nil { return isClosure ? "closure" : "" }
    return isClosure ? "closure in \(name)" : name
  }
}

import Display
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
}

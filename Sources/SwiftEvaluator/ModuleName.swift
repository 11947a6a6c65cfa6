internal import Glibc

/// The name by which types of a cell call their module: `main`, as in any Swift script.
///
/// `print([Point()])`, `String(reflecting:)` and casts that fail name the module of a type. For the compiler and the linker it is `Cell7`;
/// the runtime takes the name from a record in the shared object, and there it is pointed elsewhere.
enum ModuleName {
  /// Whether a byte can stand in the name of a module.
  static func isPart(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "_") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }

  /// Renames the module in a linked cell. What is not as expected stays as it is.
  static func hide(_ module: String, inSharedObject path: String) {
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let object = ObjectFile(bytes: readAll(descriptor))
    // The record of a module: flags, parent, and the name's distance from this place. Its own name may be shared with a literal of the
    // cell; but the name of the cell's entry, which the loader keeps in memory, ends in the one that is wanted.
    guard let record = object.place(ofSymbol: "$s\(module.utf8.count)\(module)MXM"),
      let name = object.address(of: Array("_main\0".utf8), inSection: ".dynstr"),
      let distance = Int32(exactly: name + 1 - (record.address + 8))
    else { return }
    withUnsafeBytes(of: distance.littleEndian) { _ = pwrite(descriptor, $0.baseAddress!, 4, off_t(record.offset + 8)) }
  }
}

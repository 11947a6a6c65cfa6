internal import Glibc

/// Folders of this user that outlive a kernel.
enum UserCache {
  /// A folder in `beamline` below XDG_CACHE_HOME or `~/.cache`; below `/tmp` where none of them can be written to.
  static func folder(_ name: String) -> String {
    let cache = getenv("XDG_CACHE_HOME").map { String(cString: $0) } ?? getenv("HOME").map { String(cString: $0) + "/.cache" }
    let usual = (cache ?? "/tmp") + "/beamline/" + name
    make(usual)
    if access(usual, W_OK) == 0 { return usual }
    let other = "/tmp/beamline-\(getuid())/" + name
    make(other)
    return other
  }

  /// Makes a folder and those above it, as far as that is possible.
  static func make(_ path: String) {
    var made = ""
    for part in path.split(separator: "/") {
      made += "/" + part
      mkdir(made, 0o755)
    }
  }

  /// The names of what is in a folder, in order.
  static func names(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var result: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { result.append(name) }
    }
    return result.sorted()
  }
}

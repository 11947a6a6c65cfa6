internal import Glibc

/// What `%package` asks for: a package, its version, and the libraries of it that cells will import.
struct PackageRequest: Equatable {
  enum Source: Equatable {
    /// An absolute path.
    case folder(String)
    /// An address that git understands, and the requirement as a manifest writes it: `exact: "1.2.1"`.
    case repository(String, requirement: String)
  }

  var source: Source
  /// Names of library products; empty for all that the package has.
  var products: [String]

  /// - Parameter folder: where a relative path begins.
  init(_ arguments: [String], in folder: String) throws(PackageFailure) {
    let place = arguments[0]
    var rest = arguments.dropFirst()
    if place.contains("://") || place.hasPrefix("git@") {
      source = .repository(place, requirement: PackageRequest.anyVersion)
      if let version = rest.first.flatMap(PackageRequest.requirement) {
        source = .repository(place, requirement: version)
        rest = rest.dropFirst()
      }
    } else {
      var path = place
      if path == "~" || path.hasPrefix("~/"), let home = getenv("HOME") { path = String(cString: home) + path.dropFirst() }
      if !path.hasPrefix("/") { path = folder + "/" + path }
      guard let real = realpath(path, nil) else { throw PackageFailure("There is no folder «\(place)» (from \(folder)).") }
      defer { free(real) }
      path = String(cString: real)
      if access(path + "/Package.swift", R_OK) != 0 { throw PackageFailure("The folder «\(place)» has no Package.swift.") }
      if let version = rest.first, PackageRequest.requirement(version) != nil {
        throw PackageFailure("A package in a folder has no version to choose: «\(version)» belongs behind the address of a repository.")
      }
      source = .folder(path)
    }
    products = Array(rest)
  }

  private static let anyVersion = #""0.0.0"..<"100000.0.0""#

  /// `1.2.1` is that version, `from:1.2` that one or a later one before 2.0, `branch:NAME` and `revision:COMMIT` what they say.
  private static func requirement(_ text: String) -> String? {
    if let version = version(text) { return "exact: \"\(version)\"" }
    for word in ["from", "branch", "revision"] where text.hasPrefix(word + ":") {
      let rest = String(text.dropFirst(word.count + 1))
      guard let value = word == "from" ? version(rest) : rest, value.allSatisfy({ $0 != "\"" && $0 != "\\" }) else { return nil }
      return "\(word): \"\(value)\""
    }
    return nil
  }

  /// `1.2` is `1.2.0`.
  private static func version(_ text: String) -> String? {
    guard let match = text.wholeMatch(of: /v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+[-+.0-9A-Za-z]*))?/) else { return nil }
    return "\(match.1).\(match.2 ?? "0").\(match.3 ?? "0")"
  }

  /// The name by which manifests know the package: the last part of the path or the address.
  var identity: String {
    let place: String
    switch source {
    case .folder(let path): place = path
    case .repository(let address, _): place = address
    }
    let last = place.split { $0 == "/" || $0 == ":" }.last.map(String.init) ?? place
    return last.hasSuffix(".git") ? String(last.dropLast(4)) : last
  }

  /// The folder in which that of the package lies; nil for a repository.
  var parentFolder: String? {
    guard case .folder(let path) = source else { return nil }
    return path.lastIndex(of: "/").map { String(path[..<$0]) }
  }

  /// The line of a manifest.
  var dependency: String {
    switch source {
    case .folder(let path): ".package(path: \(quoted(path)))"
    case .repository(let address, let requirement): ".package(url: \(quoted(address)), \(requirement))"
    }
  }

  private func quoted(_ text: String) -> String { "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\"" }
}

/// Why a package cannot be had, in a sentence, and what the build said.
struct PackageFailure: Error, Equatable {
  var message: String
  /// The compiler's own lines: file, line, message, source.
  var details: [String] = []

  init(_ message: String, details: [String] = []) {
    self.message = message
    self.details = details
  }
}

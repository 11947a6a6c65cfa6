import Display

/// Which files of a repository a model is made of.
enum HubFiles {
  static let weights = "model.safetensors"
  static let index = "model.safetensors.index.json"
  static let configuration = "config.json"
  /// Files that are taken where they are there, all of them small beside weights.
  static let small = [
    "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.txt",
    "vocab.json", "merges.txt", "chat_template.jinja",
  ]

  /// What has to be fetched first, of the files that a repository has; an index names further ones.
  ///
  /// - Throws: ``HubError`` when nothing in it can be loaded.
  static func first(of available: [String], _ repository: HubRepository) throws -> [String] {
    func refused(_ words: String) -> HubError { HubError(repository.name, .nothingToLoad(words)) }
    let files = Set(available)
    if let file = repository.file {
      guard files.contains(file) else { throw HubError(repository.name, .noFile(file, revision: repository.revision)) }
      return [file]
    }
    let heavy = files.contains(weights) ? weights : index
    guard files.contains(heavy) else {
      let ggufs = available.filter { $0.hasSuffix(".gguf") && !$0.contains("/") }.sorted()
      if let first = ggufs.first {
        throw refused(
          "it holds \(ggufs.count) GGUF file\(ggufs.count == 1 ? "" : "s"); name the one that is wanted, «\(repository.name)/\(first)»")
      }
      throw refused("it holds no weights as safetensors (\(weights), or parts that \(index) lists)")
    }
    guard files.contains(configuration) else { throw refused("it holds no \(configuration)") }
    return [configuration] + small.filter(files.contains) + [heavy]
  }

  /// The files that an index of weights lists, sorted.
  static func shards(ofIndex path: String) throws -> [String] {
    func refused(_ words: String) -> HubError { HubError(path, .malformed(words)) }
    guard let bytes = Files.bytes(path), let map = try? JSON(parsing: bytes)["weight_map"]?.objectValue else {
      throw refused("the index has no «weight_map»")
    }
    let names = Set(map.map { $0.value.stringValue ?? "" })
    for name in names where !name.hasSuffix(".safetensors") || name.hasPrefix(".") || !name.utf8.allSatisfy(HubRepository.isPlain) {
      throw refused("the index names the part «\(String(name.prefix(80)))», which is no .safetensors file beside it")
    }
    return names.sorted()
  }

  /// What a snapshot lacks to be loaded; nil when it is complete.
  static func missing(in snapshot: String, for repository: HubRepository) -> String? {
    func has(_ file: String) -> Bool { Files.exists("\(snapshot)/\(file)") }
    if let file = repository.file { return has(file) ? nil : file }
    if !has(configuration) { return configuration }
    if !has("tokenizer.json") && !has("vocab.txt") && !(has("vocab.json") && has("merges.txt")) { return "the tokenizer" }
    if has(weights) { return nil }
    guard has(index), let parts = try? shards(ofIndex: "\(snapshot)/\(index)") else { return weights }
    return parts.first { !has($0) }
  }
}

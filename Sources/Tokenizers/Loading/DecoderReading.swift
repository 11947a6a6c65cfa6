/// Reading `decoder` in a tokenizer.json.
enum DecoderReading {
  private static let types = [
    "BPEDecoder", "ByteFallback", "ByteLevel", "Fuse", "Metaspace", "Replace", "Sequence", "Strip", "WordPiece",
  ]

  static func read(_ field: Field) throws(TokenizerError) -> [TokenDecoder.Stage] {
    let type = try field.required("type")
    switch try type.string() {
    case "ByteLevel":
      try field.allowOnly(["type", "add_prefix_space", "trim_offsets", "use_regex"])
      return [.byteLevel]
    case "WordPiece":
      try field.allowOnly(["type", "prefix", "cleanup"])
      return [.wordPiece(prefix: try field.required("prefix").bytes(), cleansUp: try field.bool("cleanup", default: true))]
    case "Metaspace":
      try field.allowOnly(["type", "replacement", "str_rep", "add_prefix_space", "prepend_scheme", "split"])
      let replacement = Array(String(Character(try field.required("replacement").character())).utf8)
      return [.metaspace(replacement: replacement, dropsFirst: try PreTokenizerReading.prepending(field) != .never)]
    case "ByteFallback":
      try field.allowOnly(["type"])
      return [.byteFallback]
    case "Fuse":
      try field.allowOnly(["type"])
      return [.fuse]
    case "Strip":
      try field.allowOnly(["type", "content", "start", "stop"])
      let character = Array(String(Character(try field.required("content").character())).utf8)
      return [.strip(character: character, start: try field.required("start").int(), end: try field.required("stop").int())]
    case "Replace":
      try field.allowOnly(["type", "pattern", "content"])
      let matcher = try field.required("pattern").matcher()
      return [.replace(TokenDecoder.Replacement(matcher: matcher, content: try field.required("content").bytes()))]
    case "BPEDecoder":
      try field.allowOnly(["type", "suffix"])
      return [.suffix(try field.required("suffix").bytes())]
    case "Sequence":
      try field.allowOnly(["type", "decoders"])
      var stages: [TokenDecoder.Stage] = []
      for element in try field.required("decoders").elements() { stages += try read(element) }
      return stages
    case let name: throw type.failure(.unsupported(name, allowed: types))
    }
  }
}

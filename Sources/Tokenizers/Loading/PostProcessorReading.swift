/// Reading `post_processor` in a tokenizer.json.
enum PostProcessorReading {
  private static let types = ["BertProcessing", "ByteLevel", "RobertaProcessing", "Sequence", "TemplateProcessing"]

  static func read(_ field: Field) throws(TokenizerError) -> PostProcessor {
    let type = try field.required("type")
    switch try type.string() {
    case "TemplateProcessing": return try template(field)
    case "BertProcessing":
      try field.allowOnly(["type", "sep", "cls"])
      return try .bert(classifier: tokenWithID(field, "cls"), separator: tokenWithID(field, "sep"))
    case "RobertaProcessing":
      try field.allowOnly(["type", "sep", "cls", "trim_offsets", "add_prefix_space"])
      let processor = try PostProcessor.roberta(classifier: tokenWithID(field, "cls"), separator: tokenWithID(field, "sep"))
      return try processor.trimming(field)
    case "ByteLevel":
      try field.allowOnly(["type", "add_prefix_space", "trim_offsets", "use_regex"])
      return try PostProcessor().trimming(field)
    case "Sequence":
      try field.allowOnly(["type", "processors"])
      var result = PostProcessor()
      for element in try field.required("processors").elements() {
        let next = try read(element)
        if next.single != nil {
          if result.single != nil { throw element.failure(.invalid("a second processor that adds special tokens is not supported")) }
          (result.single, result.pair) = (next.single, next.pair)
        }
        result.trimming += next.trimming
      }
      return result
    case let name: throw type.failure(.unsupported(name, allowed: types))
    }
  }

  /// `["[SEP]", 102]`: the id.
  private static func tokenWithID(_ field: Field, _ key: String) throws(TokenizerError) -> Int {
    let pair = try field.required(key)
    let elements = try pair.elements()
    if elements.count != 2 { throw pair.failure(.invalid("expected a token and its id, found \(elements.count) values")) }
    _ = try elements[0].string()
    return try elements[1].tokenID()
  }

  // MARK: - Templates

  private static func template(_ field: Field) throws(TokenizerError) -> PostProcessor {
    try field.allowOnly(["type", "single", "pair", "special_tokens"])
    var ids: [[UInt8]: [Int]] = [:]
    if let specials = try field.optional("special_tokens") {
      for (name, _) in try specials.object() {
        var list: [Int] = []
        for id in try specials.required(name).required("ids").elements() { list.append(try id.tokenID()) }
        ids[Array(name.utf8)] = list
      }
    }
    let single = try field.required("single")
    let slots = try Self.slots(single, ids)
    if !slots.contains(where: \.isFirstText) { throw single.failure(.invalid("a template has the sequence A, this one has not")) }
    if slots.contains(where: \.isSecondText) { throw single.failure(.invalid("a template for one text has no sequence B, this one has")) }
    let pair = try field.required("pair")
    let pairSlots = try Self.slots(pair, ids)
    if !pairSlots.contains(where: \.isFirstText) || !pairSlots.contains(where: \.isSecondText) {
      throw pair.failure(.invalid("a template for two texts has the sequences A and B, this one has not"))
    }
    return PostProcessor(single: slots, pair: pairSlots)
  }

  private static func slots(_ field: Field, _ ids: [[UInt8]: [Int]]) throws(TokenizerError) -> [PostProcessor.Slot] {
    var slots: [PostProcessor.Slot] = []
    for element in try field.elements() {
      try element.allowOnly(["Sequence", "SpecialToken"])
      if let sequence = try element.optional("Sequence") {
        let id = try sequence.required("id")
        let name = try id.string()
        guard name == "A" || name == "B" else { throw id.failure(.unsupported(name, allowed: ["A", "B"])) }
        slots.append(.text(name == "A" ? 0 : 1, typeID: try sequence.required("type_id").int(through: 1 << 30)))
      } else {
        let special = try element.required("SpecialToken")
        let name = try special.required("id")
        guard let list = ids[try name.bytes()] else {
          throw name.failure(.invalid("the token «\(try name.string())» is not among the template's special_tokens"))
        }
        slots.append(.special(ids: list, typeID: try special.required("type_id").int(through: 1 << 30)))
      }
    }
    return slots
  }
}

extension PostProcessor.Slot {
  fileprivate var isFirstText: Bool { if case .text(0, _) = self { true } else { false } }
  fileprivate var isSecondText: Bool { if case .text(1, _) = self { true } else { false } }
}

extension PostProcessor {
  /// `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`.
  static func bert(classifier: Int, separator: Int) -> PostProcessor {
    let first: [Slot] = [.special(ids: [classifier], typeID: 0), .text(0, typeID: 0), .special(ids: [separator], typeID: 0)]
    return PostProcessor(single: first, pair: first + [.text(1, typeID: 1), .special(ids: [separator], typeID: 1)])
  }

  /// `<s> A </s>` and `<s> A </s></s> B </s>`, all of one type.
  static func roberta(classifier: Int, separator: Int) -> PostProcessor {
    let first: [Slot] = [.special(ids: [classifier], typeID: 0), .text(0, typeID: 0), .special(ids: [separator], typeID: 0)]
    let second: [Slot] = [.special(ids: [separator], typeID: 0), .text(1, typeID: 0), .special(ids: [separator], typeID: 0)]
    return PostProcessor(single: first, pair: first + second)
  }

  fileprivate func trimming(_ field: Field) throws(TokenizerError) -> PostProcessor {
    var processor = self
    if try field.bool("trim_offsets", default: true) {
      processor.trimming = [OffsetTrimming(keepsPrefixSpace: try field.bool("add_prefix_space", default: true))]
    }
    return processor
  }
}

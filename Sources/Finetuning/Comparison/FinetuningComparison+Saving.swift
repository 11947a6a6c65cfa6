internal import Display

extension FinetuningComparison {
  /// Writes the rows with their predictions and curves to `comparison.json` in a folder, which is made if it is not there.
  public func save(to folder: String) throws(DataError) {
    try TextFile.makeFolder(folder)
    let value: JSON = [
      "setting": .string(setting), "seed": .string(String(seed)), "labels": .array(labels.map { .string($0) }),
      "answers": .array(answers.map { .integer($0) }), "interrupted": .bool(isInterrupted), "rows": .array(rows.map(\.json)),
      "published": .array(published.map { ["model": .string($0.model), "accuracy": .number($0.accuracy), "source": .string($0.source)] }),
    ]
    try TextFile.write(value.compactText, to: "\(folder)/comparison.json")
  }

  /// Reads what ``save(to:)`` has written.
  ///
  /// - Throws: ``DataError`` for a file that is not there or not a comparison.
  public init(savedIn folder: String) throws(DataError) {
    let path = "\(folder)/comparison.json"
    let text = try TextFile.read(path)
    guard let value = try? JSON(parsing: text), let setting = value["setting"]?.stringValue,
      let seed = value["seed"]?.stringValue.flatMap({ UInt64($0) }),
      let labels = value["labels"]?.arrayValue?.compactMap(\.stringValue), !labels.isEmpty,
      let answers = value["answers"]?.arrayValue?.compactMap(\.intValue), let rows = value["rows"]?.arrayValue?.map(FinetuningRow.init)
    else { throw DataError(path, "is not a saved comparison") }
    guard answers.allSatisfy(labels.indices.contains) else { throw DataError(path, "has answers beyond its \(labels.count) labels") }
    var read: [FinetuningRow] = []
    for row in rows {
      guard let row, row.predictions.isEmpty || row.predictions.count == answers.count, row.predictions.allSatisfy(labels.indices.contains)
      else { throw DataError(path, "has a row that is not one of a comparison") }
      read.append(row)
    }
    self.init(rows: read, labels: labels, answers: answers, setting: setting, seed: seed)
    isInterrupted = value["interrupted"]?.boolValue ?? false
    published = (value["published"]?.arrayValue ?? []).compactMap { result in
      guard let model = result["model"]?.stringValue, let accuracy = result["accuracy"]?.doubleValue else { return nil }
      return PublishedResult(model, accuracy: accuracy, source: result["source"]?.stringValue ?? "")
    }
  }
}

extension FinetuningRow {
  fileprivate var json: JSON {
    var fields: [(String, JSON)] = [
      ("kind", .string(kind.rawValue)), ("model", .string(model)), ("method", .string(method)),
      ("trainable", .integer(trainableParameters)), ("total", .integer(totalParameters)),
      ("predictions", .array(predictions.map { .integer($0) })), ("steps", .integer(steps)),
      ("trainingSeconds", .number(trainingSeconds)), ("testSeconds", .number(testSeconds)),
      ("trainingOperations", .integer(trainingOperations)), ("testOperations", .integer(testOperations)),
      ("losses", .array(history.losses.map { [.integer($0.step), .number($0.loss)] })),
      ("validations", .array(history.validations.map { [.integer($0.step), .number($0.loss), $0.accuracy.map { .number($0) } ?? .null] })),
    ]
    if let learningRate { fields.append(("learningRate", .number(learningRate))) }
    if let end { fields.append(("end", .string(end.rawValue))) }
    if let peakBytes { fields.append(("peakBytes", .integer(peakBytes))) }
    if let note { fields.append(("note", .string(note))) }
    return .object(JSON.Object(fields))
  }

  fileprivate init?(_ json: JSON) {
    guard let kind = json["kind"]?.stringValue.flatMap(Kind.init), let model = json["model"]?.stringValue,
      let method = json["method"]?.stringValue, let predictions = json["predictions"]?.arrayValue?.compactMap(\.intValue)
    else { return nil }
    self.init(
      kind: kind, model: model, method: method, trainable: json["trainable"]?.intValue ?? 0, total: json["total"]?.intValue ?? 0,
      predictions: predictions)
    learningRate = json["learningRate"]?.doubleValue
    end = json["end"]?.stringValue.flatMap(TrainingEnd.init)
    steps = json["steps"]?.intValue ?? 0
    trainingSeconds = json["trainingSeconds"]?.doubleValue ?? 0
    testSeconds = json["testSeconds"]?.doubleValue ?? 0
    trainingOperations = json["trainingOperations"]?.intValue ?? 0
    testOperations = json["testOperations"]?.intValue ?? 0
    peakBytes = json["peakBytes"]?.intValue
    note = json["note"]?.stringValue
    history.losses = (json["losses"]?.arrayValue ?? []).compactMap { point in
      guard let step = point[0]?.intValue, let loss = point[1]?.doubleValue else { return nil }
      return .init(step: step, loss: loss)
    }
    history.validations = (json["validations"]?.arrayValue ?? []).compactMap { point in
      guard let step = point[0]?.intValue, let loss = point[1]?.doubleValue else { return nil }
      return .init(step: step, loss: loss, accuracy: point[2]?.doubleValue)
    }
  }
}

public import Pretrained

extension BERT: Finetunable {
  /// The same checkpoint, its weights in single precision and ready to train.
  public func baseModel() throws -> BaseModel { try BaseModel(name) }
}

extension GPT: Finetunable {
  /// The same checkpoint, its weights in single precision and ready to train.
  public func baseModel() throws -> BaseModel { try BaseModel(name) }
}

extension T5: Finetunable {
  /// The same checkpoint, its weights in single precision and ready to train.
  public func baseModel() throws -> BaseModel { try BaseModel(name) }
}

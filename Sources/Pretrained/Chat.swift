public import LanguageModels

/// A model whose conversations have a form that is not known here.
public struct NoChatTemplate: Error, Equatable, CustomStringConvertible {
  public let model: String
  public var description: String {
    "\(model) was not trained on conversations in the form ChatML: its vocabulary lacks «<|im_start|>» or «<|im_end|>». Write its prompt as text."
  }
}

extension GPT {
  /// A conversation as the text of a prompt, up to where the assistant's answer begins.
  ///
  /// The form is ChatML (`<|im_start|>user … <|im_end|>`), which SmolLM2, Qwen and others were trained on. Text of messages that looks like
  /// a special token counts as one: do not pass on what strangers type.
  ///
  /// - Throws: ``NoChatTemplate`` when the model does not know the form.
  public func prompt(for conversation: [ChatMessage]) throws -> String {
    guard tokenizer.id(of: "<|im_start|>") != nil, tokenizer.id(of: "<|im_end|>") != nil else { throw NoChatTemplate(model: name) }
    return conversation.map { "<|im_start|>\($0.role.rawValue)\n\($0.text)<|im_end|>\n" }.joined() + "<|im_start|>assistant\n"
  }
}

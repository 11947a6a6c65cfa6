// Finetunes the miniatures by every method that changes weights, and writes the results for agree.py, which reads them back with
// transformers and PEFT.
//
// usage: finetuning-agreement FOLDER

import Finetuning

guard CommandLine.arguments.count == 2 else { throw DataError("arguments", "usage: finetuning-agreement FOLDER") }
let folder = CommandLine.arguments[1]
let (bert, gpt, t5) = (try BaseModel.miniature(.encoder), try BaseModel.miniature(.decoder), try BaseModel.miniature(.encoderDecoder))
for model in [bert, gpt, t5] { try model.save(to: "\(folder)/bases/\(model.name)") }
let nli = try NLI.generated(200, seed: 3).split(train: 96, validation: 32, test: 64, seed: 1)
let comparison = try await FinetuningComparison(on: nli, epochs: 1, batchSize: 16, seed: 42, savingTo: folder) {
  Head(on: bert)
  Head(on: gpt)
  FullFinetuning(on: bert)
  FullFinetuning(on: gpt)
  TextToText(t5)
  LastLayers(1, on: gpt)
  LowRank(on: bert, rank: 4)
  LowRank(on: gpt, rank: 4)
  LowRank(on: t5, rank: 4)
  Prefix(on: bert, length: 5)
  Prefix(on: gpt, length: 5)
  SoftPrompt(on: bert, length: 6)
  SoftPrompt(on: gpt, length: 6)
  SoftPrompt(on: t5, length: 6)
}
print(comparison)

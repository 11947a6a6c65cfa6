// The comparison on MNLI with models that people use.
//
// usage: finetuning-mnli DATA.tsv MODEL FOLDER [training examples] [test examples] [epochs]
//
// MODEL is a folder or a GGUF file: an encoder (MiniLM), a decoder (SmolLM2) or an encoder-decoder (flan-T5); its kind decides the rows.
// The split is the one of all figures in the notebook: seed 42, 8,000 pairs of which the first few are trained on, 815, 1,000.

import Finetuning

let arguments = CommandLine.arguments
guard arguments.count >= 4 else {
  throw DataError("arguments", "usage: finetuning-mnli DATA.tsv MODEL FOLDER [training examples] [test examples] [epochs]")
}
func number(_ place: Int, _ missing: Int) -> Int { arguments.count > place ? Int(arguments[place]) ?? missing : missing }
let (training, testing, epochs) = (number(4, 8_000), number(5, 1_000), number(6, 1))
let data = try NLI.read(arguments[1])
let model = try BaseModel(arguments[2])
let whole = try data.split(train: 8_000, validation: 815, test: 1_000, seed: 42)
let split = whole.training(on: training).testing(on: testing, validation: min(815, testing / 2))
print(split)
// For reference.py.
for (name, part) in [("train", split.train), ("validation", split.validation), ("test", split.test)] {
  try part.write(to: "\(arguments[3])-\(name).jsonl")
}
let comparison = try await FinetuningComparison(
  on: split, epochs: epochs, batchSize: 16, seed: 42, maximumLength: 64, savingTo: arguments[3]
) {
  switch model.kind {
  case .encoder:
    ZeroShot(model)
    Head(on: model)
    Head(on: model, pooling: .mean)
    FullFinetuning(on: model)
    LowRank(on: model, rank: 8)
    LastLayers(2, on: model)
    SoftPrompt(on: model, length: 20)
  case .decoder:
    ZeroShot(model)
    ZeroShot(model, calibration: .contextual)
    LowRank(on: model, rank: 8)
    SoftPrompt(on: model, length: 20)
  case .encoderDecoder:
    ZeroShot(model)
    LowRank(on: model, rank: 8)
    SoftPrompt(on: model, length: 20)
    TextToText(model)
  }
}
print(comparison)
print(comparison.paired)

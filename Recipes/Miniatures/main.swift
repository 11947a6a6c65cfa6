// Pretrains the three small models that the library carries.
//
// usage: pretrain-miniatures encoder|decoder|encoderDecoder FOLDER [stories] [epochs]

import CKernels
import Display
import Finetuning

let arguments = CommandLine.arguments
ck_set_threads(1)
guard arguments.count >= 3, let kind = ModelKind(rawValue: arguments[1]) else {
  print("usage: pretrain-miniatures encoder|decoder|encoderDecoder FOLDER [stories] [epochs]")
  throw DataError("arguments", "a kind of model and a folder are needed")
}
let stories = arguments.count > 3 ? Int(arguments[3]) ?? 24_000 : 24_000
let epochs = arguments.count > 4 ? Int(arguments[4]) ?? 4 : 4
let history = try await Pretraining(kind, stories: stories, epochs: epochs, seed: 1).run(savingTo: arguments[2])
for point in history.validations { print("step \(point.step): loss \(NumberFormat.fixed(4).text(point.loss)) nats") }

// Pretrains the three small models that the library carries.
//
// usage: pretrain-miniatures encoder|decoder|encoderDecoder FOLDER [stories] [epochs] [seed] [folder to start from]

import Display
import Finetuning

let arguments = CommandLine.arguments
guard arguments.count >= 3, let kind = ModelKind(rawValue: arguments[1]) else {
  print("usage: pretrain-miniatures encoder|decoder|encoderDecoder FOLDER [stories] [epochs] [seed] [folder to start from]")
  throw DataError("arguments", "a kind of model and a folder are needed")
}
let stories = arguments.count > 3 ? Int(arguments[3]) ?? 24_000 : 24_000
let epochs = arguments.count > 4 ? Int(arguments[4]) ?? 4 : 4
var pretraining = Pretraining(kind, stories: stories, epochs: epochs, seed: arguments.count > 5 ? UInt64(arguments[5]) ?? 1 : 1)
if arguments.count > 6 { (pretraining.startingFrom, pretraining.learningRate) = (arguments[6], 1e-3) }
let history = try await pretraining.run(savingTo: arguments[2])
for point in history.validations { print("step \(point.step): loss \(NumberFormat.fixed(4).text(point.loss)) nats") }

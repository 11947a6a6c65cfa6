import Checkpoints
import Display
import Layers
import Tensors
import Testing

@testable import Finetuning

private func data(_ count: Int, validation: Int = 30, test: Int = 120) throws -> DataSplit {
  try NLI.generated(count + validation + test, difficulty: .medium, seed: 7)
    .split(train: count, validation: validation, test: test, seed: 1)
}

@Suite(.serialized) struct EndToEndTests {
  @Test("The carried decoder answers untrained better than any guess")
  func zeroShot() async throws {
    let comparison = try await FinetuningComparison(on: data(10, test: 600), epochs: 1, batchSize: 16, seed: 1) {
      ZeroShot(try! BaseModel.miniature(.decoder))
    }
    #expect(comparison.rows.count == 3)
    // Guessing gives 1/3; five deviations of 600 draws are 0.1.
    #expect(comparison.accuracy(comparison.rows[2]) > 1.0 / 3 + 0.1)
    #expect(comparison.rows[2].trainableParameters == 0)
  }

  @Test("Every method trains what it says, on every kind of model, and the same seed gives the same predictions")
  func methods() async throws {
    let (bert, gpt, t5) = (try BaseModel.miniature(.encoder), try BaseModel.miniature(.decoder), try BaseModel.miniature(.encoderDecoder))
    let split = try data(48, test: 32)
    func run() async throws -> FinetuningComparison {
      try await FinetuningComparison(on: split, epochs: 1, batchSize: 16, seed: 42) {
        ZeroShot(bert, prompt: .nextSentence)
        Head(on: bert)
        LastLayers(1, on: gpt)
        LowRank(on: bert, rank: 2)
        LowRank(on: t5, rank: 2)
        Prefix(on: gpt, length: 3)
        SoftPrompt(on: bert, length: 4)
        SoftPrompt(on: gpt, length: 4)
        SoftPrompt(on: t5, length: 4)
        TextToText(t5)
      }
    }
    let first = try await run()
    #expect(first.rows.allSatisfy { $0.note == nil && $0.predictions.count == 32 })
    let width = 128
    #expect(
      first.rows.dropFirst(2).dropLast().map(\.trainableParameters) == [
        0, 3 * width + 3, 12 * width * width + 13 * width, 4 * 2 * 2 * 2 * width + 3 * width + 3, 12 * 2 * 2 * width, 3 * 4 * 2 * width,
        4 * width + 3 * width + 3, 4 * width, 4 * width,
      ])
    #expect(first.rows.last!.trainableParameters == first.rows.last!.totalParameters)
    let second = try await run()
    #expect(first.rows.map(\.predictions) == second.rows.map(\.predictions))
    #expect(first.rows.map(\.history) == second.rows.map(\.history))
  }

  @Test("A method that a model cannot take says why, and the others go on")
  func refusals() async throws {
    let t5 = try BaseModel.miniature(.encoderDecoder)
    let comparison = try await FinetuningComparison(on: data(16, test: 8), epochs: 1, batchSize: 8, seed: 1) {
      Prefix(on: t5, length: 2)
      Head(on: t5)
      ZeroShot(t5, prompt: Prompt("{premise}", answers: ["yes", "no"]))
      ZeroShot(t5)
    }
    #expect(
      comparison.rows.dropFirst(2).map(\.note) == [
        "failed: prefix of 2: is for encoders and decoders; miniature T5 scores distances, and a prefix has none: use SoftPrompt",
        "failed: linear head: miniature T5 writes its answers: use TextToText, LowRank or SoftPrompt",
        "failed: prompt «own prompt»: has 2 answers, and the data have 3 labels", nil,
      ])
  }

  @Test("An interrupt keeps the finished rows, and the best of the running one")
  func interrupt() async throws {
    let folder = try TemporaryFolder()
    let gpt = try BaseModel.miniature(.decoder)
    let split = try data(64, test: 8)
    let task = Task {
      try await FinetuningComparison(on: split, epochs: 400, batchSize: 16, seed: 9, savingTo: folder.path) {
        ZeroShot(gpt)
        FullFinetuning(on: gpt)
        Head(on: gpt)
      }
    }
    while !TextFile.exists("\(folder.path)/comparison.json") { await Task.yield() }
    task.cancel()
    let comparison = try await task.value
    #expect(comparison.isInterrupted)
    #expect(comparison.rows.count <= 4)
    #expect(comparison.rows[2].predictions.count == 8)
    #expect(FinetuningComparison.latest?.rows == comparison.rows)
    #expect(try FinetuningComparison(savedIn: folder.path).rows[2] == comparison.rows[2])
  }

  @Test("LoRA is written as PEFT reads it: GPT-2's joined map gets one adapter of all ranks")
  func adapter() async throws {
    let folder = try TemporaryFolder()
    _ = try await FinetuningComparison(on: data(16, test: 8), epochs: 1, batchSize: 8, seed: 1, savingTo: folder.path) {
      LowRank(on: try! BaseModel.miniature(.decoder), rank: 3, alpha: 6)
    }
    let file = try SafetensorsFile(path: "\(folder.path)/row-1/adapter_model.safetensors")
    #expect(file.tensors.count == 8)
    #expect(file.tensors[0].name == "base_model.model.transformer.h.0.attn.c_attn.lora_A.weight")
    #expect(file.tensors[0].shape == [6, 128])
    #expect(file.tensors[1].shape == [384, 6])
    let up = try file.tensors[1].floats()
    // Keys have no adapter, queries none of the values' ranks.
    #expect(up[128 * 6..<256 * 6].allSatisfy { $0 == 0 })
    #expect((0..<128).allSatisfy { up[$0 * 6 + 3..<$0 * 6 + 6].allSatisfy { $0 == 0 } })
    #expect((0..<128).contains { up[$0 * 6] != 0 })
    let config = try JSON(parsing: TextFile.read("\(folder.path)/row-1/adapter_config.json"))
    #expect(config["r"] == 6 && config["lora_alpha"]?.doubleValue == 12 && config["target_modules"] == ["c_attn"])
  }
}

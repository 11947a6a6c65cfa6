import Display
import Testing

@testable import Layers
@testable import Tensors

private let tree = """
                                                  output                 parameters
  GPT-2                                           [batch, time, 50257]  124,439,808  total 124.4 M
  ├─ TokenEmbedding                               [batch, time, 768]     38,597,376
  ├─ PositionEmbedding                            [batch, time, 768]        786,432
  ├─ Dropout(0.1)                                 [batch, time, 768]              0
  ├─ Repeated(12)                                 [batch, time, 768]     85,054,464  12 × 7,087,872
  │ ├─ Residual                                   [batch, time, 768]      2,363,904
  │ │ ├─ LayerNorm                                [batch, time, 768]          1,536
  │ │ ├─ SelfAttention(heads: 12, mask: .causal)  [batch, time, 768]      2,362,368
  │ │ └─ Dropout(0.1)                             [batch, time, 768]              0
  │ └─ Residual                                   [batch, time, 768]      4,723,968
  │   ├─ LayerNorm                                [batch, time, 768]          1,536
  │   ├─ FeedForward(3072, .geluTanh)             [batch, time, 768]      4,722,432
  │   └─ Dropout(0.1)                             [batch, time, 768]              0
  ├─ LayerNorm                                    [batch, time, 768]          1,536
  └─ TiedHead                                     [batch, time, 50257]            0
  """

@Suite struct ArchitectureTests {
  @Test("GPT-2 small has 124.4 million parameters, and prints as a tree")
  func gpt2() throws {
    let gpt = try Architecture.gpt2()
    #expect(gpt.parameterCount == 124_439_808)
    #expect(gpt.description == tree)
  }

  @Test("The other families have their published sizes")
  func sizes() throws {
    #expect(try Architecture.bert().parameterCount == 108_891_648)
    #expect(try Architecture.bert(.classifier(labels: 3)).parameterCount == 109_484_547)
    #expect(try Architecture.t5().parameterCount == 60_506_624)
    #expect(try Architecture.llama().parameterCount == 134_515_008)
    #expect(
      try Architecture.t5(
        encoderLayers: 8, heads: 6, innerWidth: 1_024, activation: .geluTanh, isGated: true, hasTiedHead: false
      ).parameterCount == 76_961_152)
  }

  private func refusal(_ make: () throws -> Architecture) -> String {
    do {
      _ = try make()
      return "accepted"
    } catch {
      return "\(error)"
    }
  }

  @Test("What does not fit is refused with a sentence that names the layer")
  func refusals() {
    #expect(
      refusal {
        try Architecture(vocabularySize: 10, width: 12) {
          TokenEmbedding()
          Repeated(2) {
            Residual {
              LayerNorm(); SelfAttention(heads: 5)
            }
          }
        }
      } == "layers.0.attention: 5 heads do not divide the width of 12; the width has to be a multiple of the heads")
    #expect(
      refusal { try Architecture(vocabularySize: 10, width: 12) { LayerNorm() } }
        == "norm: takes vectors, but tokens flow in; put TokenEmbedding() before it")
    #expect(
      refusal {
        try Architecture(vocabularySize: 10, width: 12) {
          TokenEmbedding()
          Residual { Linear(8) }
        }
      } == "residual: what is added has the shape [batch, time, 8], but [batch, time, 12] flows past it")
    #expect(
      refusal {
        try Architecture(vocabularySize: 10, width: 12) {
          TokenEmbedding()
          Linear(8)
          TiedHead()
        }
      } == "head: vectors of width 8 do not fit the token embeddings of width 12")
    #expect(
      refusal {
        try Architecture(vocabularySize: 10, width: 12) {
          TokenEmbedding()
          PositionEmbedding()
        }
      } == "positions: needs the longest length of a text; give the architecture a context")
    #expect(
      refusal {
        try Architecture(vocabularySize: 10, width: 12) {
          TokenEmbedding()
          CrossAttention(heads: 2)
        }
      } == "crossAttention: attends to an encoder, but none comes before it")
  }

  @Test("Tokens and lengths that a network does not have are refused")
  func batches() throws {
    let network = try Architecture.gpt2(vocabularySize: 10, context: 3, width: 4, layers: 1, heads: 1).initialized(seed: 1)
    #expect(throws: ModelError("tokens", "token 10 is not in the vocabulary of 10")) { try network(TokenBatch([[10]])) }
    #expect(throws: ModelError("positions", "a text of 4 tokens is longer than the context of 3")) {
      try network(TokenBatch([[1, 2, 3, 4]]))
    }
    #expect(throws: ModelError("targets", "1 of them for 2 rows of output; one for each, -1 where none is wanted")) {
      try network.loss(TokenBatch([[1, 2]]), targets: [3])
    }
  }

  @Test("A layer of one's own is planned, trained and named like the others")
  func ownLayer() throws {
    struct Scale: Layer {
      func plan(_ signal: inout Signal, at site: Site) throws(ModelError) -> Plan {
        let factor = site.weight("weight", [try site.width(of: signal)], .ones)
        return Plan("Scale", at: site, signal, weights: [factor]) { (x, _) in x * factor.tensor }
      }
    }
    let network = try Architecture(vocabularySize: 5, width: 4) {
      TokenEmbedding()
      Scale()
      TiedHead()
    }.initialized(seed: 3)
    #expect(network.parameters.map(\.name) == ["tokens.weight", "scale.weight"])
    try network.loss(TokenBatch([[1, 2, 3]]), targets: [2, 3, -1]).backward()
    #expect(network.parameter("scale.weight")?.gradient?.contains { $0 != 0 } == true)
  }
}

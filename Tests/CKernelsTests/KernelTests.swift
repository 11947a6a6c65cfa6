import CKernels
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// Every level of instructions that this machine has, from the portable one on.
let levels = Array(0...Int(ck_best_level()))
let formats = [CK_F32, CK_BF16, CK_I8, CK_U4, CK_U4M]

/// Repeatable numbers between -1 and 1.
func noise(_ count: Int, seed: UInt64) -> [Float] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  return (0..<count).map { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
  }
}

/// Runs the body at each level and then goes back to the best one.
func atEveryLevel(_ body: (Int) throws -> Void) rethrows {
  defer { ck_set_level(ck_best_level()) }
  for level in levels {
    ck_set_level(Int32(level))
    try body(level)
  }
}

/// A packed matrix and the memory that it lies in.
final class Packed {
  var matrix: ck_matrix

  init(format: Int, outputs: Int, inputs: Int, _ weights: [Float]) {
    let bytes = ck_matrix_bytes(Int32(format), Int32(outputs), Int32(inputs))
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    matrix = ck_matrix(format: Int32(format), n: Int32(outputs), k: Int32(inputs), data: memory)
    ck_pack(&matrix, 0, Int32(outputs), weights, inputs, 1)
  }

  deinit { matrix.data.deallocate() }

  func unpacked() -> [Float] {
    (0..<Int(matrix.n)).flatMap { output in
      [Float](unsafeUninitializedCapacity: Int(matrix.k)) { buffer, initialized in
        ck_unpack(&matrix, Int32(output), buffer.baseAddress)
        initialized = Int(matrix.k)
      }
    }
  }

  func linear(_ x: [Float], rows: Int, epilogue: ck_epilogue? = nil, into y: [Float]? = nil) -> [Float] {
    var y = y ?? [Float](repeating: .nan, count: rows * Int(matrix.n))
    let scratch = UnsafeMutableRawPointer.allocate(
      byteCount: max(64, ck_linear_scratch_bytes(matrix.format, matrix.k, Int32(rows))), alignment: 64)
    defer { scratch.deallocate() }
    y.withUnsafeMutableBufferPointer { y in
      var epilogue = epilogue ?? ck_epilogue()
      if epilogue.residual_stride > 0 { epilogue.residual = UnsafePointer(y.baseAddress) }
      ck_linear(&matrix, x, Int(matrix.k), Int32(rows), y.baseAddress, Int(matrix.n), &epilogue, scratch)
    }
    return y
  }
}

@Suite("Kernels", .serialized)
struct KernelTests {
  @Test("A matrix of two by two is multiplied by hand")
  func smallExample() {
    let packed = Packed(format: CK_F32, outputs: 2, inputs: 2, [1, 2, 3, 4])
    #expect(packed.linear([10, 100], rows: 1) == [210, 430])
  }

  @Test("Linear layers agree with sums in double precision on the rounded weights, at every level and format")
  func linear() {
    for (outputs, inputs, rows) in [(1, 32, 1), (16, 64, 2), (47, 96, 3), (48, 32, 8), (49, 64, 13), (150, 160, 29)] {
      let (weights, x) = (noise(outputs * inputs, seed: 1), noise(rows * inputs, seed: 2))
      for format in formats {
        let packed = Packed(format: format, outputs: outputs, inputs: inputs, weights)
        let rounded = packed.unpacked()
        atEveryLevel { level in
          let y = packed.linear(x, rows: rows)
          // Inputs are rounded to 8 bits of fraction (bfloat16) or to 127 steps of the largest of 32 (the others).
          let tolerance = format == CK_F32 ? 1e-5 : Double(inputs).squareRoot() * (format == CK_BF16 ? 0.006 : 0.011)
          for row in 0..<rows {
            for output in 0..<outputs {
              let exact = (0..<inputs).reduce(0.0) { $0 + Double(x[row * inputs + $1]) * Double(rounded[output * inputs + $1]) }
              let error = abs(exact - Double(y[row * outputs + output]))
              if error > tolerance { Issue.record("level \(level) format \(format) \(outputs)×\(inputs): \(error)") }
            }
          }
        }
      }
    }
  }

  @Test("Packing keeps float32 exactly, rounds bfloat16 to nearest, and quantises within half a step")
  func packing() {
    let weights = noise(50 * 64, seed: 3)
    #expect(Packed(format: CK_F32, outputs: 50, inputs: 64, weights).unpacked() == weights)
    for (format, step) in [(CK_BF16, Float(1.0 / 128)), (CK_I8, 1.0 / 127), (CK_U4, 1.0 / 4), (CK_U4M, 2.1 / 15)] {
      let error = zip(Packed(format: format, outputs: 50, inputs: 64, weights).unpacked(), weights).map { abs($0 - $1) }.max()!
      // Q4_0 has no code for the far end of the side that has no extreme: a whole step there.
      let allowed = format == CK_U4 ? step : step * 0.51
      #expect(error > 0 && error <= allowed, "format \(format): \(error)")
    }
  }

  @Test("A row has the same bits alone and in a batch, on one thread and on several")
  func invariance() {
    let (outputs, inputs, rows) = (333, 320, 23)
    let x = noise(rows * inputs, seed: 4)
    let threads = ck_threads()
    defer { ck_set_threads(threads) }
    for format in formats {
      let packed = Packed(format: format, outputs: outputs, inputs: inputs, noise(outputs * inputs, seed: 5))
      atEveryLevel { level in
        ck_set_threads(1)
        let together = packed.linear(x, rows: rows)
        ck_set_threads(7)
        #expect(packed.linear(x, rows: rows) == together)
        let alone = (0..<rows).flatMap { packed.linear(Array(x[$0 * inputs..<($0 + 1) * inputs]), rows: 1) }
        #expect(alone == together, "level \(level) format \(format)")
      }
    }
  }

  @Test("Bias, activation and residual are applied in this order")
  func epilogue() {
    let packed = Packed(format: CK_F32, outputs: 2, inputs: 1, [1, -1])
    let bias: [Float] = [1, 0.5]
    let result = bias.withUnsafeBufferPointer { bias in
      let epilogue = ck_epilogue(bias: bias.baseAddress, activation: Int32(CK_RELU), residual: nil, residual_stride: 2)
      return packed.linear([3], rows: 1, epilogue: epilogue, into: [100, 200])
    }
    #expect(result == [104, 200])
  }

  @Test("Activations agree with their definitions within 4e-7, relative where they are large")
  func activations() {
    let x: [Float] = (-4000...4000).map { Float($0) / 400 } + [-100, 100, -88, 88, 0]
    let definitions: [(Int, (Double) -> Double)] = [
      (CK_GELU_TANH, { 0.5 * $0 * (1 + tanh((2 / Double.pi).squareRoot() * ($0 + 0.044715 * $0 * $0 * $0))) }),
      (CK_GELU_ERF, { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) }), (CK_RELU, { max($0, 0) }), (CK_SILU, { $0 / (1 + exp(-$0)) }),
    ]
    atEveryLevel { level in
      for (activation, definition) in definitions {
        // A gate of one on the other side leaves the activation itself.
        var y = [Float](repeating: 0, count: x.count)
        ck_gate(x + [Float](repeating: 1, count: x.count), 1, Int32(x.count), Int32(activation), &y)
        let error = zip(x, y).map { abs(Double($0.1) - definition(Double($0.0))) / max(1, abs(Double($0.0))) }.max()!
        #expect(error < 4e-7, "level \(level) activation \(activation): \(error)")
      }
    }
  }

  @Test("Norms and softmax agree with double precision")
  func rows() {
    atEveryLevel { level in
      for count in [1, 5, 16, 48, 100] {
        let (x, weight, bias) = (noise(count, seed: 6), noise(count, seed: 7), noise(count, seed: 8))
        let wide = x.map(Double.init)
        let mean = wide.reduce(0, +) / Double(count)
        let variance = wide.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        let square = wide.reduce(0) { $0 + $1 * $1 } / Double(count)
        var y = [Float](repeating: 0, count: count)
        ck_layer_norm(x, 1, Int32(count), weight, bias, 1e-5, &y)
        for i in 0..<count {
          let exact = (wide[i] - mean) / (variance + 1e-5).squareRoot() * Double(weight[i]) + Double(bias[i])
          #expect(abs(exact - Double(y[i])) < 2e-6)
        }
        ck_rms_norm(x, 1, Int32(count), weight, 1e-5, &y)
        for i in 0..<count { #expect(abs(wide[i] / (square + 1e-5).squareRoot() * Double(weight[i]) - Double(y[i])) < 2e-6) }
        y = x.map { $0 * 20 }
        let normalizer = log(wide.reduce(0) { $0 + exp($1 * 20) })
        #expect(abs(Double(ck_log_sum_exp(y, Int32(count))) - normalizer) < 1e-5)
        #expect(abs(Double(ck_softmax(&y, Int32(count))) - normalizer) < 1e-5)
        for i in 0..<count { #expect(abs(exp(wide[i] * 20 - normalizer) - Double(y[i])) < 1e-6) }
      }
    }
  }

  @Test("Half precision goes there and back for every bit pattern")
  func halves() {
    let patterns = (0...UInt16.max).filter { $0 & 0x7C00 != 0x7C00 }
    atEveryLevel { level in
      var floats = [Float](repeating: 0, count: patterns.count)
      ck_from_half(patterns, patterns.count, &floats)
      #expect(floats == patterns.map { Float(Float16(bitPattern: $0)) }, "level \(level)")
      var back = [UInt16](repeating: 0, count: patterns.count)
      ck_to_half(floats, floats.count, &back)
      #expect(back == patterns, "level \(level)")
      let between = noise(1000, seed: 9).map { $0 * 0.01 } + [65519, 65520, 1e-8, -3e-8, 5.96e-8]
      var rounded = [UInt16](repeating: 0, count: between.count)
      ck_to_half(between, between.count, &rounded)
      #expect(rounded == between.map { Float16($0).bitPattern }, "level \(level)")
    }
  }

  @Test("General products agree with double precision, transposed or not, set or added")
  func products() {
    for (m, n, k) in [(1, 1, 1), (3, 50, 7), (33, 97, 65)] {
      let (a, b) = (noise(m * k, seed: 10), noise(k * n, seed: 11))
      for (transposeA, transposeB, accumulate) in [(0, 0, 0), (1, 0, 0), (0, 1, 1), (1, 1, 1)] {
        atEveryLevel { level in
          var c = [Float](repeating: accumulate == 1 ? 2 : .nan, count: m * n)
          ck_gemm(
            Int32(m), Int32(n), Int32(k), a, transposeA == 1 ? m : k, Int32(transposeA), b, transposeB == 1 ? k : n, Int32(transposeB), &c,
            n,
            Int32(accumulate))
          for i in 0..<m {
            for j in 0..<n {
              let exact = (0..<k).reduce(accumulate == 1 ? 2.0 : 0) {
                $0 + Double(a[transposeA == 1 ? $1 * m + i : i * k + $1]) * Double(b[transposeB == 1 ? j * k + $1 : $1 * n + j])
              }
              if abs(exact - Double(c[i * n + j])) > 1e-5 { Issue.record("level \(level) \(m)×\(n)×\(k) at (\(i), \(j))") }
            }
          }
        }
      }
    }
  }

  @Test("Attention agrees with its definition: few queries and many, causal or not, grouped heads, with a bias, in both cache types")
  func attention() {
    for (queries, keys, size, causal, biased) in [
      (1, 70, 64, 1, 0), (3, 9, 20, 1, 1), (20, 50, 64, 1, 0), (60, 60, 20, 0, 1), (13, 200, 48, 0, 0),
    ] {
      let (heads, kvHeads) = (4, 2)
      let width = kvHeads * size
      let q = noise(queries * heads * size, seed: 12)
      let cache = noise(2 * keys * width, seed: 13).map { Float(Float16($0)) }
      var halves = [UInt16](repeating: 0, count: cache.count)
      ck_to_half(cache, cache.count, &halves)
      let limit = 8
      let bias = noise(heads * (2 * limit + 1), seed: 14)
      var expected = [Double](repeating: 0, count: queries * heads * size)
      for query in 0..<queries {
        let position = causal == 0 && queries == keys ? query : keys - queries + query
        let visible = causal == 1 ? position + 1 : keys
        for head in 0..<heads {
          let offset = head / 2 * size
          let scores = (0..<visible).map { key -> Double in
            let dot = (0..<size).reduce(0.0) {
              $0 + Double(q[(query * heads + head) * size + $1]) * Double(cache[key * width + offset + $1])
            }
            let distance = max(-limit, min(limit, key - position))
            return dot * 0.3 + (biased == 1 ? Double(bias[head * (2 * limit + 1) + limit + distance]) : 0)
          }
          let total = scores.reduce(0) { $0 + exp($1) }
          for i in 0..<size {
            expected[(query * heads + head) * size + i] = (0..<visible).reduce(0.0) {
              $0 + exp(scores[$1]) / total * Double(cache[keys * width + $1 * width + offset + i])
            }
          }
        }
      }
      for type in [CK_CACHE_F32, CK_CACHE_F16] {
        atEveryLevel { level in
          var output = [Float](repeating: .nan, count: expected.count)
          cache.withUnsafeBytes { floats in
            halves.withUnsafeBytes { halves in
              let base = type == CK_CACHE_F16 ? halves.baseAddress! : floats.baseAddress!
              let bytes = type == CK_CACHE_F16 ? 2 : 4
              // Two runs of unequal length.
              let first = keys / 3
              let runs = [ck_run(base: base, count: Int32(first)), ck_run(base: base + first * width * bytes, count: Int32(keys - first))]
              var attention = ck_attention()
              attention.heads = Int32(heads)
              attention.kv_heads = Int32(kvHeads)
              attention.size = Int32(size)
              attention.cache_type = Int32(type)
              attention.query_stride = heads * size
              attention.output_stride = heads * size
              attention.cache_stride = width
              attention.values_offset = keys * width
              attention.scale = 0.3
              q.withUnsafeBufferPointer { q in
                output.withUnsafeMutableBufferPointer { output in
                  runs.withUnsafeBufferPointer { runs in
                    bias.withUnsafeBufferPointer { bias in
                      var sequence = ck_sequence()
                      sequence.queries = q.baseAddress
                      sequence.output = output.baseAddress
                      sequence.runs = runs.baseAddress
                      sequence.run_count = 2
                      sequence.query_count = Int32(queries)
                      sequence.key_count = Int32(keys)
                      sequence.causal = Int32(causal)
                      if biased == 1 {
                        sequence.bias = bias.baseAddress
                        sequence.bias_head_stride = 2 * limit + 1
                        sequence.bias_zero = Int32(limit)
                        sequence.bias_limit = Int32(limit)
                      }
                      ck_attend(&attention, &sequence, 1)
                    }
                  }
                }
              }
            }
          }
          let error = zip(output, expected).map { abs(Double($0) - $1) }.max()!
          #expect(error < 3e-6, "level \(level) type \(type) queries \(queries) keys \(keys): \(error)")
        }
      }
    }
  }
}

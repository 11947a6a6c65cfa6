import Testing

internal import CKernels

@testable import Tensors

@Suite(.serialized) struct MatrixProductTests {
  @Test("A product by hand")
  func byHand() {
    let product = Tensor([1, 2, 3, 4], shape: [2, 2]).matrixProduct(Tensor([5, 6, 7, 8], shape: [2, 2]))
    #expect(product.elements == [19, 22, 43, 50])
  }

  @Test("Products agree with three plain loops: every shape around a tile, every transposition, every level of instructions")
  func plainLoops() {
    defer { ck_set_level(ck_best_level()) }
    for level in 0...ck_best_level() {
      ck_set_level(level)
      for (m, n, k) in [(1, 1, 1), (7, 49, 5), (8, 48, 385), (9, 47, 3), (17, 33, 400), (261, 16, 7), (3, 100, 64), (2, 3, 0)] {
        let (a, b) = (draws([m * k], 1).elements, draws([k * n], 2).elements)
        for choice in 0..<8 {
          let (transposesA, transposesB, adds) = (choice & 1 != 0, choice & 2 != 0, choice & 4 != 0)
          let start = Tensor(repeating: 0.5, shape: [m, n])
          gemm(
            m, n, k, a, transposesA ? m : k, transposesA: transposesA, b, transposesB ? k : n, transposesB: transposesB,
            into: start.pointer, adds: adds)
          var worst: Float = 0
          for row in 0..<m {
            for column in 0..<n {
              var sum: Double = adds ? 0.5 : 0
              for i in 0..<k {
                let left = transposesA ? a[i * m + row] : a[row * k + i]
                let right = transposesB ? b[column * k + i] : b[i * n + column]
                sum += Double(left) * Double(right)
              }
              worst = max(worst, abs(start.pointer[row * n + column] - Float(sum)))
            }
          }
          #expect(worst < 1e-4, "\(m) × \(n) × \(k), choice \(choice), level \(level)")
        }
      }
    }
  }

  /// The nearest bfloat16, ties to even.
  private func rounded(_ x: Float) -> Float {
    let bits = x.bitPattern
    return Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000)
  }

  @Test("A product in bfloat16 is the product of the rounded operands, summed in single precision, at every level of instructions")
  func bfloat16() {
    defer { ck_set_level(ck_best_level()) }
    for level in 0...ck_best_level() {
      ck_set_level(level)
      for (m, n, k) in [(1, 1, 1), (7, 49, 5), (8, 48, 769), (9, 47, 3), (17, 33, 801), (261, 16, 7), (3, 100, 64), (70, 8, 33)] {
        let (a, b) = (draws([m * k], 1).elements, draws([k * n], 2).elements)
        let bias = draws([n], 3).elements
        for choice in 0..<8 {
          let (transposesA, transposesB, adds) = (choice & 1 != 0, choice & 2 != 0, choice & 4 != 0)
          let start = Tensor(repeating: 0.5, shape: [m, n])
          gemm(
            m, n, k, a, transposesA ? m : k, transposesA: transposesA, b, transposesB ? k : n, transposesB: transposesB,
            into: start.pointer, adds: adds, bias: bias, precision: .bfloat16)
          var worst: Float = 0
          for row in 0..<m {
            for column in 0..<n {
              var sum = Double(bias[column]) + (adds ? 0.5 : 0)
              for i in 0..<k {
                let left = transposesA ? a[i * m + row] : a[row * k + i]
                let right = transposesB ? b[column * k + i] : b[i * n + column]
                sum += Double(rounded(left)) * Double(rounded(right))
              }
              worst = max(worst, abs(start.pointer[row * n + column] - Float(sum)))
            }
          }
          #expect(worst < 1e-4, "\(m) × \(n) × \(k), choice \(choice), level \(level)")
        }
      }
    }
  }

  @Test("What is not a number stays so in bfloat16, and the infinite infinite")
  func nonFinite() {
    let x = Tensor([.nan, 1, .infinity, 1, 1, 1], shape: [3, 2])
    let y = withMatrixPrecision(.bfloat16) { x.matrixProduct(Tensor([1, 1], shape: [2, 1])) }.elements
    #expect(y[0].isNaN && y[1] == .infinity && y[2] == 2)
  }

  @Test("Products have the same bytes for any number of threads, in both precisions")
  func threads() {
    let threads = ck_threads()
    defer { ck_set_threads(threads) }
    let (a, b) = (draws([150, 700], 1), draws([210, 700], 2))
    for precision in MatrixPrecision.allCases {
      let results = [1, 2, 3].map { count in
        ck_set_threads(Int32(count))
        return withMatrixPrecision(precision) { [a.linear(b), b.linear(a), a.transposed().linear(a.transposed())] }.map(\.elements)
      }
      #expect(results[0] == results[1] && results[0] == results[2])
    }
  }
}

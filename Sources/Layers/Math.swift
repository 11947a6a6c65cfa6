#if canImport(Glibc)
  internal import Glibc
#else
  internal import Darwin
#endif

func logarithm(_ x: Float) -> Float { logf(x) }
func logarithm(_ x: Double) -> Double { log(x) }

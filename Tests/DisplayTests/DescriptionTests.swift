import Display
import Testing

private struct Point { var x = 1, y = 2.5 }
private struct Pair<A, B> { var a: A, b: B }
private enum Shape { case dot, circle(radius: Double), box(Int, Point), tagged(String) }
private class Node { var value = 1; var next: Node? }
private final class Leaf: Node { var name = "leaf" }
private struct Named: CustomStringConvertible { var description: String { "a thing\nof two lines" } }

@Suite("Any value is described as a reader of the cell would write it")
struct DescriptionTests {
  @Test(
    "A value of the standard library reads like its literal",
    arguments: [
      (3, "3"), (2.5, "2.5"), (Float(0.1), "0.1"), ("a\n\"b\"", #""a\n\"b\"""#), ("x" as Character, #""x""#), (true, "true"),
      ("abc".dropFirst(), #""bc""#), ([1, 2], "[1, 2]"), ([Int](), "[]"), ([String: Int](), "[:]"), (1..<3, "1..<3"),
      (Optional(3), "Optional(3)"), (Int?.none, "nil"), ([1, nil] as [Int?], "[Optional(1), nil]"), ((), "()"),
      ((1, "a"), #"(1, "a")"#), ((x: 1, y: 2), "(x: 1, y: 2)"), (Int.self, "Int"), (["a": [1.5]], #"["a": [1.5]]"#),
      ([10, 9, 100] as Set, "[9, 10, 100]"), (["b", "a"] as Set, #"["a", "b"]"#),
      ([2: "b", 10: "c", 1: "a"], #"[1: "a", 2: "b", 10: "c"]"#),
      (Result<Int, Never>.success(1), "success(1)"),
    ] as [(any Sendable, String)])
  func standard(value: any Sendable, text: String) {
    #expect(describe(value) == text)
  }

  @Test("Types of a cell are named without their module, wherever they stand")
  func unqualified() {
    #expect(describe(Point()) == "Point(x: 1, y: 2.5)")
    #expect(describe([Point()]) == "[Point(x: 1, y: 2.5)]")
    #expect(
      describe(Pair(a: Point?.some(Point()), b: ["k": Point()])) == """
        Pair<Optional<Point>, Dictionary<String, Point>>(
          a: Optional(Point(x: 1, y: 2.5)),
          b: ["k": Point(x: 1, y: 2.5)]
        )
        """)
    #expect(describe({ (point: Point) in 1 }) == "(Point) -> Int")
  }

  @Test("An enumeration shows its case and what the case carries")
  func enumerations() {
    #expect(describe([Shape.dot, .circle(radius: 2), .tagged("t")]) == #"[dot, circle(radius: 2.0), tagged("t")]"#)
    #expect(describe(Shape.box(1, Point())) == "box(1, Point(x: 1, y: 2.5))")
  }

  @Test("An instance of a class shows its fields, inherited ones first, and a cycle ends")
  func classes() {
    let leaf = Leaf()
    #expect(describe(leaf) == #"Leaf(value: 1, next: nil, name: "leaf")"#)
    leaf.next = leaf
    #expect(describe(leaf) == #"Leaf(value: 1, next: Optional(Leaf(…)), name: "leaf")"#)
    let both = Node()
    both.next = Node()
    #expect(describe([both.next, both.next]) == "[Optional(Node(value: 1, next: nil)), Optional(Node(value: 1, next: nil))]")
  }

  @Test("What does not fit in 100 columns is broken over lines")
  func broken() {
    let numbers = describe(Array(1000...1030))
    #expect(
      numbers == """
        [
          1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015,
          1016, 1017, 1018, 1019, 1020, 1021, 1022, 1023, 1024, 1025, 1026, 1027, 1028, 1029, 1030
        ]
        """)
    let points = describe(["first": [Point(), Point()], "second": [Point(), Point(), Point(), Point(), Point(), Point()]])
    #expect(
      points == """
        [
          "first": [Point(x: 1, y: 2.5), Point(x: 1, y: 2.5)],
          "second": [
            Point(x: 1, y: 2.5),
            Point(x: 1, y: 2.5),
            Point(x: 1, y: 2.5),
            Point(x: 1, y: 2.5),
            Point(x: 1, y: 2.5),
            Point(x: 1, y: 2.5)
          ]
        ]
        """)
    #expect(describe([Named()]) == "[\n  a thing\n  of two lines\n]")
  }

  @Test("Large values are cut, and say how much was cut")
  func limits() {
    #expect(describe(Array(0..<12_345)).hasSuffix("98,\n  99, … 12,245 more\n]"))
    #expect(describe(String(repeating: "a", count: 12_345)).hasSuffix("… (2,347 more characters)"))
    func nested(_ depth: Int) -> Any { depth == 0 ? 1 : [nested(depth - 1)] }
    #expect(describe(nested(20)) == "[[[[[[[…]]]]]]]")
    let grid = Array(repeating: Array(repeating: Point(), count: 100), count: 100)
    #expect(describe(grid).utf8.count < 60_000)
  }

  @Test("A displayable value draws itself, in an optional too")
  func displayable() {
    let bundle = MIMEBundle(text: "plain", html: "<b>rich</b>")
    #expect(MIMEBundle(describing: bundle) == bundle)
    #expect(MIMEBundle(describing: Optional(bundle) as Any) == bundle)
    let json: JSON = ["a": [1, true]]
    #expect(MIMEBundle(describing: json).contents["application/json"] == .json(json))
    #expect(MIMEBundle(describing: json).text == "{\n \"a\": [\n  1,\n  true\n ]\n}")
    #expect(MIMEBundle(describing: [1]).contents == ["text/plain": .text("[1]")])
  }
}

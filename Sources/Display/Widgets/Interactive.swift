/// Two or three controls and one closure, which gets the values of all of them.
///
/// ```swift
/// Interactive(Slider("temperature", 0.1...2, value: 1), Slider("top k", 1...50, value: 10)) { temperature, k in
///   model.next(after: prompt, temperature: temperature, topK: k).table
/// }
/// ```
/// Written out for two and for three: the compiler crashes on closures that capture a parameter pack. More controls go into a ``VBox``, with
/// ``Control/onChange(_:)`` and an ``OutputArea``.
public final class Interactive: Box, @unchecked Sendable {
  private let area: OutputArea
  private let content: () -> WidgetContent
  private var isDrawn = false

  public convenience init<A, B>(
    _ first: Control<A>, _ second: Control<B>, @ContentBuilder content: @escaping (A, B) throws -> [Any]
  ) {
    self.init([first, second]) { .now { try content(first.value, second.value) } }
    watch(first)
    watch(second)
  }

  public convenience init<A, B>(
    _ first: Control<A>, _ second: Control<B>, @ContentBuilder content: @escaping (A, B) async throws -> [Any]
  ) {
    self.init([first, second]) { .later { try await content(first.value, second.value) } }
    watch(first)
    watch(second)
  }

  /// For a closure with `return`.
  @_disfavoredOverload
  public convenience init<A, B>(
    _ first: Control<A>, _ second: Control<B>, content: @escaping (A, B) throws -> Any
  ) {
    self.init([first, second]) { .now { [try content(first.value, second.value)] } }
    watch(first)
    watch(second)
  }

  @_disfavoredOverload
  public convenience init<A, B>(
    _ first: Control<A>, _ second: Control<B>, content: @escaping (A, B) async throws -> Any
  ) {
    self.init([first, second]) { .later { [try await content(first.value, second.value)] } }
    watch(first)
    watch(second)
  }

  public convenience init<A, B, C>(
    _ first: Control<A>, _ second: Control<B>, _ third: Control<C>, @ContentBuilder content: @escaping (A, B, C) throws -> [Any]
  ) {
    self.init([first, second, third]) { .now { try content(first.value, second.value, third.value) } }
    watch(first)
    watch(second)
    watch(third)
  }

  public convenience init<A, B, C>(
    _ first: Control<A>, _ second: Control<B>, _ third: Control<C>, @ContentBuilder content: @escaping (A, B, C) async throws -> [Any]
  ) {
    self.init([first, second, third]) { .later { try await content(first.value, second.value, third.value) } }
    watch(first)
    watch(second)
    watch(third)
  }

  /// For a closure with `return`.
  @_disfavoredOverload
  public convenience init<A, B, C>(
    _ first: Control<A>, _ second: Control<B>, _ third: Control<C>, content: @escaping (A, B, C) throws -> Any
  ) {
    self.init([first, second, third]) { .now { [try content(first.value, second.value, third.value)] } }
    watch(first)
    watch(second)
    watch(third)
  }

  @_disfavoredOverload
  public convenience init<A, B, C>(
    _ first: Control<A>, _ second: Control<B>, _ third: Control<C>, content: @escaping (A, B, C) async throws -> Any
  ) {
    self.init([first, second, third]) { .later { [try await content(first.value, second.value, third.value)] } }
    watch(first)
    watch(second)
    watch(third)
  }

  private init(_ controls: [Widget], content: @escaping () -> WidgetContent) {
    self.content = content
    let area = OutputArea()
    self.area = area
    super.init("VBox", controls + [area])
  }

  private func watch<Value>(_ control: Control<Value>) {
    let (area, content) = (area, content)
    control.onChange { _ in try area.draw(content()) }
  }

  override func open() {
    if !isDrawn {
      isDrawn = true
      area.fill(content())
    }
    super.open()
  }
}

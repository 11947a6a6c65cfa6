/// Who the kernel is, as `kernel_info_reply` says it.
public struct Implementation: Sendable {
  public var name: String
  public var version: String
  /// What a console shows at the start.
  public var banner: String
  public var helpLinks: [(text: String, url: String)]

  public init(name: String, version: String, banner: String, helpLinks: [(text: String, url: String)] = []) {
    self.name = name
    self.version = version
    self.banner = banner
    self.helpLinks = helpLinks
  }
}

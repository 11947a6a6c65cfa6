import Display

/// `kernel_info_request` has no fields. The reply says who the kernel is and how its language is highlighted.
public struct KernelInfoReply: MessageContent {
  public var implementation: String
  public var implementationVersion: String
  /// Shown by consoles at the start.
  public var banner: String
  /// `language_info`: name, version, MIME type, file extension, names of the highlighters.
  public var language: JSON
  public var helpLinks: [(text: String, url: String)]
  /// The optional features that the kernel has, by the names of JEP 92: `debugger`, `kernel subshells`.
  public var supportedFeatures: [String]

  public init(
    implementation: String, implementationVersion: String, banner: String, language: JSON, helpLinks: [(text: String, url: String)],
    supportedFeatures: [String]
  ) {
    self.implementation = implementation
    self.implementationVersion = implementationVersion
    self.banner = banner
    self.language = language
    self.helpLinks = helpLinks
    self.supportedFeatures = supportedFeatures
  }

  public var messageType: String { "kernel_info_reply" }

  public var content: JSON {
    [
      "status": "ok", "protocol_version": .string(Message.protocolVersion), "implementation": .string(implementation),
      "implementation_version": .string(implementationVersion), "banner": .string(banner), "language_info": language,
      "help_links": .array(helpLinks.map { ["text": .string($0.text), "url": .string($0.url)] }),
      "supported_features": .array(supportedFeatures.map { .string($0) }),
    ]
  }
}

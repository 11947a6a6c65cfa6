import Display
import HTTP
internal import CHub

extension HubRepository {
  /// The folder (or the GGUF file) in the hub's cache on this machine; nil when it is not there, or not complete.
  public func cached() throws -> String? {
    let settings = try HubSettings()
    return found(in: HubCache(self, in: settings.cache))
  }

  /// The folder (or the GGUF file) with the model: from the cache where it is complete, else downloaded into it.
  ///
  /// Shows progress while it downloads. An interrupt of the cell or a cancelled task ends the download and keeps the partial file, with
  /// which the next one goes on. Two processes do not download the same file at once.
  ///
  /// - Throws: ``HubError``, or `CancellationError`.
  public func downloaded() throws -> String { try downloaded(HubSettings()) }

  func downloaded(_ settings: HubSettings) throws -> String {
    let cache = HubCache(self, in: settings.cache)
    if let path = found(in: cache) { return path }
    if let setting = settings.offline {
      let missing = cache.commit.flatMap { HubFiles.missing(in: cache.snapshot($0), for: self) } ?? "revision «\(revision)»"
      throw HubError(name, .offline(missing: missing, setting: setting))
    }
    let job = DownloadJob(self, settings)
    let commit = try job.run()
    let snapshot = cache.snapshot(commit)
    if let missing = HubFiles.missing(in: snapshot, for: self) {
      throw HubError(name, .nothingToLoad("it lacks \(missing)"))
    }
    return file.map { "\(snapshot)/\($0)" } ?? snapshot
  }

  private func found(in cache: HubCache) -> String? {
    guard let commit = cache.commit else { return nil }
    let snapshot = cache.snapshot(commit)
    guard HubFiles.missing(in: snapshot, for: self) == nil else { return nil }
    return file.map { "\(snapshot)/\($0)" } ?? snapshot
  }
}

/// A download on a thread of its own, watched by the one that asked for it.
private final class DownloadJob: @unchecked Sendable {
  private let repository: HubRepository
  private let settings: HubSettings
  private let progress = DownloadProgress()
  /// Used by the waiting thread alone.
  private let report: DownloadReport
  private let cancellation = HTTPCancellation()
  /// Written by the downloading thread before the other one goes on.
  private var outcome: Result<String, any Error> = .failure(CancellationError())

  init(_ repository: HubRepository, _ settings: HubSettings) {
    self.repository = repository
    self.settings = settings
    report = DownloadReport(repository.name, isShown: settings.showsProgress)
  }

  /// Downloads what is missing.
  ///
  /// - Returns: the commit.
  func run() throws -> String {
    // Whoever is made to leave the wait leaves the object to the thread.
    let context = Unmanaged.passRetained(self)
    let hasRun = ch_work(
      { DownloadJob.at($0).work() }, { DownloadJob.at($0).tick() }, context.toOpaque())
    context.release()
    guard hasRun else { throw HubError(repository.name, .noClient("the system gives no thread")) }
    report.end(progress, isComplete: (try? outcome.get()) != nil)
    return try outcome.get()
  }

  private static func at(_ context: UnsafeMutableRawPointer?) -> DownloadJob {
    Unmanaged<DownloadJob>.fromOpaque(context!).takeUnretainedValue()
  }

  private func tick() {
    if Interruption.isRequested { cancellation.cancel() }
    report.tick(progress)
  }

  private func work() { outcome = Result { try download() } }

  private func download() throws -> String {
    let server = HubServer(repository: repository, settings: settings, transport: HubTransport(cancellation: cancellation))
    let cache = HubCache(repository, in: settings.cache)
    progress.say("asks \(settings.endpoint.host)")
    let (commit, available) = try server.contents()
    var files = try HubFiles.first(of: available, repository)
    if files.last == HubFiles.index {
      // The index is small and says what else is wanted.
      try BlobDownload(
        entry: try server.entry(HubFiles.index, of: commit), commit: commit, server: server, cache: cache, progress: progress
      ).run()
      files += try HubFiles.shards(ofIndex: "\(cache.snapshot(commit))/\(HubFiles.index)")
    }
    let entries = try files.filter { !Files.exists("\(cache.snapshot(commit))/\($0)") }.map { try server.entry($0, of: commit) }
    progress.expect(entries.reduce(0) { $0 + ($1.size ?? 0) })
    for entry in entries {
      try BlobDownload(entry: entry, commit: commit, server: server, cache: cache, progress: progress).run()
    }
    try cache.remember(commit)
    return commit
  }
}

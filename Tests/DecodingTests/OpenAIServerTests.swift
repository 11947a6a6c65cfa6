import Display
import Glibc
import HTTP
import LanguageModels
import LoopbackServer
import Synchronization
import Testing

@testable import Decoding

/// One answer as a server writes it.
private func chat(_ texts: [String], finish: String = "stop", logProbabilities: [Double]? = nil) -> String {
  let choices: [JSON] = texts.enumerated().map { index, text in
    var choice: JSON.Object = [
      "index": .integer(index), "message": ["role": "assistant", "content": .string(text)], "finish_reason": .string(finish),
    ]
    if let logProbabilities { choice["logprobs"] = ["content": .array(logProbabilities.map { ["token": "x", "logprob": .number($0)] })] }
    return .object(choice)
  }
  return (["choices": .array(choices), "usage": ["prompt_tokens": 11, "completion_tokens": 5]] as JSON).compactText
}

private func json(_ request: LoopbackRequest) -> JSON { try! JSON(parsing: request.body) }

@Suite("Servers with OpenAI's protocol")
struct OpenAIServerTests {
  @Test("A request has the settings and a seed for each sample; texts, tokens and the ledger come back")
  func example() async throws {
    let mock = LoopbackServer { request, reply in reply.send(200, chat(["seed \(json(request)["seed"]!.intValue!)"])) }
    defer { mock.stop() }
    let server = OpenAIServer(mock.url + "/v1/", model: "m")
    let settings = TextSampling(temperature: 0.8, topP: 0.9, maximumNewTokens: 50, stop: ["\n\n"])
    let outcome = try await server.generate("What is 2 + 3?", using: settings, samples: 3, seed: 7)
    #expect(mock.requests.count == 3)
    let request = mock.requests[0]
    #expect(request.method == "POST" && request.path == "/v1/chat/completions")
    #expect(request.headers["content-type"] == "application/json" && request.headers["authorization"] == nil)
    let body = json(request)
    #expect(body["model"] == "m" && body["temperature"] == 0.8 && body["top_p"] == 0.9 && body["max_tokens"] == 50)
    #expect(body["stop"] == ["\n\n"] && body["messages"] == [["role": "user", "content": "What is 2 + 3?"]])
    #expect(body["stream"] == nil && body["n"] == nil && body["logprobs"] == nil)
    let seeds = outcome.texts.map(\.text)
    #expect(Set(seeds).count == 3)
    #expect(outcome.ledger.batches == 3 && outcome.ledger.tokensRead == 33 && outcome.ledger.tokensWritten == 15)
    #expect(outcome.texts[0].tokenCount == 5 && outcome.texts[0].isFinished && outcome.texts[0].logProbability == nil)
    // The same samples of more, whatever the order in which requests were under way.
    let more = try await server.generate("What is 2 + 3?", using: settings, samples: 6, seed: 7)
    #expect(Array(more.texts.map(\.text).prefix(3)) == seeds)
    let other = try await server.generate("What is 2 + 3?", using: settings, samples: 1, seed: 8)
    #expect(other.text != seeds[0])
  }

  @Test("Several texts in one request, log-probabilities, and texts that were cut")
  func several() async throws {
    let mock = LoopbackServer { request, reply in
      reply.send(200, chat((0..<(json(request)["n"]?.intValue ?? 1)).map { "t\($0)" }, finish: "length", logProbabilities: [-0.5, -1.25]))
    }
    defer { mock.stop() }
    let server = OpenAIServer(mock.url, model: "m", logProbabilities: true, samplesPerRequest: 2)
    let outcome = try await server.generate("?", using: TextSampling(), samples: 3, seed: 1)
    #expect(outcome.texts.map(\.text) == ["t0", "t1", "t0"])
    #expect(outcome.texts[0].logProbability == -1.75 && outcome.texts[0].tokenCount == 2 && !outcome.texts[0].isFinished)
    #expect(json(mock.requests[0])["logprobs"] == true)
    let best = try await server.generate("?", using: TextSampling().best(of: 2, by: \.meanLogProbability), seed: 1)
    #expect(best.selections[0].winner?.score == -0.875)
    let one = LoopbackServer { _, reply in reply.send(200, chat(["only"])) }
    defer { one.stop() }
    let error = await #expect(throws: OpenAIServerError.self) {
      try await OpenAIServer(one.url, model: "m", samplesPerRequest: 4).generate("?", using: TextSampling(), samples: 4, seed: 1)
    }
    #expect(error?.description == "\(one.url) was asked for 4 texts at once and gave 1: use samplesPerRequest: 1.")
  }

  @Test("Completions go on with a text; a conversation needs the other interface")
  func completions() async throws {
    let mock = LoopbackServer { _, reply in
      reply.send(200, #"{"choices": [{"text": " Paris", "finish_reason": "length", "logprobs": {"token_logprobs": [null, -0.5]}}]}"#)
    }
    defer { mock.stop() }
    let server = OpenAIServer(mock.url, model: "m", interface: .completions, logProbabilities: true)
    let outcome = try await server.generate("The capital of France is", using: TextSampling(maximumNewTokens: 1), seed: 1)
    #expect(outcome.text == " Paris" && outcome.texts[0].logProbability == -0.5)
    #expect(mock.requests[0].path == "/completions" && json(mock.requests[0])["prompt"] == "The capital of France is")
    let error = await #expect(throws: OpenAIServerError.self) {
      try await server.generate([.user("?")], using: TextSampling(), seed: 1)
    }
    #expect(error == .conversation(server: mock.url))
  }

  @Test("A busy server is asked again after the time it names, a failing one after longer and longer waits")
  func retries() async throws {
    let mock = LoopbackServer { request, reply in
      switch request.number {
      case 0: reply.send(429, headers: ["Retry-After": "3"], "slow down")
      case 1: reply.send(503, "")
      case 2:
        reply.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        reply.close()
      case 3: reply.send(500, "")
      default: reply.send(200, chat(["at last"]))
      }
    }
    defer { mock.stop() }
    let waits = Mutex<[Duration]>([])
    var server = OpenAIServer(mock.url, model: "m")
    server.pause = { wait in waits.withLock { $0.append(wait) } }
    #expect(try await server.generate("?", using: TextSampling(), seed: 1).text == "at last")
    #expect(waits.withLock { $0 } == [.seconds(3), .seconds(1), .seconds(2), .seconds(4)])
    #expect(OpenAIServer.wait(30, after: nil) == .seconds(30))
    #expect(OpenAIServer.wait(1, after: "99999") == .seconds(120))
    #expect(OpenAIServer.wait(1, after: "Wed, 21 Oct 2015 07:28:00 GMT") == .zero)
    #expect(OpenAIServer.wait(1, after: "soon") == .milliseconds(500))
  }

  @Test("What does not pass is said in one sentence, without the key")
  func errors() async throws {
    setenv("BEAMLINE_TEST_OPENAI_KEY", "sk-secret", 1)
    let mock = LoopbackServer { request, reply in
      switch request.headers["x-case"] ?? request.path {
      case "/401/chat/completions":
        reply.send(401, #"{"error": {"message": "Incorrect API key provided: \#(request.headers["authorization"]!.dropFirst(7))."}}"#)
      case "/404/chat/completions": reply.send(404, #"{"detail": "no such model"}"#)
      case "/500/chat/completions": reply.send(500, "Internal Server Error")
      case "/html/chat/completions": reply.send(200, "<html>")
      default: reply.send(200, #"{"object": "list"}"#)
      }
    }
    defer { mock.stop() }
    func sentence(_ path: String, key: OpenAIServer.Key? = nil) async -> String {
      var server = OpenAIServer("\(mock.url)/\(path)", model: "m", key: key, attempts: 3)
      server.pause = { _ in }
      do { return try await server.generate("?", using: TextSampling(), seed: 1).text } catch { return "\(error)" }
    }
    #expect(
      await sentence("401", key: .environment("BEAMLINE_TEST_OPENAI_KEY"))
        == "\(mock.url)/401 answered with status 401: Incorrect API key provided: ….")
    #expect(mock.requests[0].headers["authorization"] == "Bearer sk-secret")
    #expect(await sentence("404") == "\(mock.url)/404 answered with status 404: no such model.")
    #expect(await sentence("500") == "\(mock.url)/500 answered with status 500 3 times: Internal Server Error.")
    #expect(await sentence("html").hasPrefix("\(mock.url)/html gave an answer that cannot be read: line 1"))
    #expect(await sentence("list") == "\(mock.url)/list gave an answer that cannot be read: it has no «choices».")
    #expect(
      await sentence("401", key: .environment("BEAMLINE_NO_SUCH_KEY"))
        == "The environment variable BEAMLINE_NO_SUCH_KEY is empty: it has to hold the server's key.")
    let server = OpenAIServer(mock.url, model: "m", key: .environment("BEAMLINE_TEST_OPENAI_KEY"))
    #expect("\(server)" == "OpenAIServer(\"\(mock.url)\", model: \"m\")")
    var dumped = ""
    dump(server, to: &dumped)
    #expect(!dumped.contains("sk-secret") && !describe(server).contains("sk-secret"))
  }

  @Test("No more requests are under way than allowed")
  func concurrency() async throws {
    let state = Mutex((now: 0, most: 0))
    let (arrived, arrival) = AsyncStream<Void>.makeStream()
    let gate = Gate()
    let mock = LoopbackServer { _, reply in
      state.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      arrival.yield()
      gate.wait()
      state.withLock { $0.now -= 1 }
      reply.send(200, chat(["x"]))
    }
    defer { mock.stop() }
    let server = OpenAIServer(mock.url, model: "m", concurrency: 3)
    let task = Task { try await server.generate("?", using: TextSampling(), samples: 9, seed: 1) }
    var iterator = arrived.makeAsyncIterator()
    for _ in 0..<3 { await iterator.next() }
    gate.open()
    #expect(try await task.value.texts.count == 9)
    #expect(state.withLock { $0.most } == 3)
  }

  @Test("A stream gives the text piece by piece; what breaks off or goes wrong in the middle is an error")
  func streaming() async throws {
    let mock = LoopbackServer { request, reply in
      reply.begin(200, headers: ["Content-Type": "text/event-stream"])
      for text in ["Pa", "ris", ", ö"] {
        // In two parts: an event may be cut anywhere, within a character too.
        let event = "data: " + (["choices": [["delta": ["content": .string(text)]]]] as JSON).compactText + "\r\n\r\n"
        reply.chunk(String(event.prefix(20)))
        reply.chunk(String(event.dropFirst(20)))
      }
      if request.path.hasPrefix("/broken") {
        reply.chunk("")
        return
      }
      if request.path.hasPrefix("/failing") { reply.chunk("data: {\"error\": {\"message\": \"out of memory\"}}\n\n") }
      reply.chunk(": a comment\n\ndata: [DONE]\n\n")
      reply.chunk("")
    }
    defer { mock.stop() }
    var pieces: [String] = []
    for try await piece in OpenAIServer(mock.url, model: "m").stream("?", using: TextSampling(), seed: 1) { pieces.append(piece) }
    #expect(pieces == ["Pa", "ris", ", ö"])
    #expect(json(mock.requests[0])["stream"] == true)
    await #expect(throws: OpenAIServerError.unreadable(server: mock.url + "/broken", problem: "the stream broke off")) {
      for try await _ in OpenAIServer(mock.url + "/broken", model: "m").stream("?", using: TextSampling(), seed: 1) {}
    }
    await #expect(throws: OpenAIServerError.unreadable(server: mock.url + "/failing", problem: "out of memory")) {
      for try await _ in OpenAIServer(mock.url + "/failing", model: "m").stream([.user("?")], using: TextSampling(), seed: 1) {}
    }
  }

  @Test("Leaving the loop over a stream ends the request")
  func leaving() async throws {
    let (gone, goodbye) = AsyncStream<Void>.makeStream()
    let mock = LoopbackServer { _, reply in
      reply.begin(200)
      reply.chunk("data: {\"choices\": [{\"text\": \"first\"}]}\n\n")
      reply.waitForGoodbye()
      goodbye.yield()
    }
    defer { mock.stop() }
    for try await piece in OpenAIServer(mock.url, model: "m", interface: .completions).stream("?", using: TextSampling(), seed: 1) {
      #expect(piece == "first")
      break
    }
    var iterator = gone.makeAsyncIterator()
    await iterator.next()
  }

  @Test("Events are read however they are cut and however their lines end")
  func events() {
    let text = "data: a\n\nevent: x\rdata:b\rdata: c\r\rid: 1\r\n\r\n: no\n\ndata:  d\r\n\r\n"
    for size in 1...7 {
      var reader = ServerSentEvents()
      var events: [String] = []
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        events += reader.read(rest.prefix(size))
        rest = rest.dropFirst(size)
      }
      #expect(events == ["a", "b\nc", " d"])
    }
  }
}

/// Holds threads until it is opened.
private final class Gate: Sendable {
  private let isOpen = Mutex(false)
  func open() { isOpen.withLock { $0 = true } }
  func wait() { while !isOpen.withLock({ $0 }) { sched_yield() } }
}

"""Real Swift in cells, through Jupyter's own client: what a person relies on."""

import pytest

from conftest import ask, execute, kinds, stdout


@pytest.fixture
def swift(client, cells):
    if cells.__class__.__name__ != "Swift":
        pytest.skip("only for the Swift kernel")
    return client


def value(client, code):
    """The plain text of the cell's result."""
    _, reply, published = execute(client, code)
    assert reply["content"]["status"] == "ok", "\n".join(reply["content"]["traceback"])
    results = [m for m in published if m["msg_type"] == "execute_result"]
    return results[0]["content"]["data"]["text/plain"] if results else None


def failure(client, code):
    """The one error output of a cell."""
    _, reply, published = execute(client, code)
    assert kinds(published) == ["busy", "execute_input", "error", "idle"], kinds(published)
    assert reply["content"]["status"] == "error"
    return reply["content"]


def test_state_is_shared_by_reference(swift):
    assert value(swift, "var shared = [1, 2, 3]") is None
    assert value(swift, "func grow() { shared.append(4) }") is None
    assert value(swift, "grow()\nshared") == "[1, 2, 3, 4]"
    assert value(swift, "shared.removeAll { $0 < 3 }\nshared.count") == "2"


def test_everything_can_be_declared_again(swift):
    value(swift, "let again = 1\nstruct Shape { var sides = 3 }\nfunc name() -> String { \"old\" }")
    value(swift, "let again = \"two\"\nstruct Shape { var corners = 4 }\nfunc name() -> String { \"new\" }")
    assert value(swift, '"\\(again) \\(Shape().corners) \\(name())"') == '"two 4 new"'


def test_await_at_the_top_level(swift):
    value(swift, "func later(_ n: Int) async -> Int { await Task.yield(); return n * 2 }")
    assert value(swift, "let doubled = await later(21)\ndoubled") == "42"
    assert value(swift, "doubled + 1") == "43"


def test_a_thrown_error_is_an_error_output(swift):
    content = failure(swift, "enum Oven: Error { case tooHot(degrees: Int) }\nthrow Oven.tooHot(degrees: 300)")
    assert content["ename"] == "Oven"
    assert content["evalue"] == "tooHot(degrees: 300)"
    assert "line 2" in "\n".join(content["traceback"])


def test_a_compile_error_shows_the_line_and_a_caret(swift):
    content = failure(swift, "let fine = 1\nlet wrong = fine + nothing")
    assert content["ename"] == "CompileError"
    assert content["evalue"] == "cannot find 'nothing' in scope"
    text = "\n".join(content["traceback"])
    assert "let wrong = fine + nothing" in text and "^" in text and "Cell" not in text


@pytest.mark.parametrize("code, words", [
    ("let few = [1, 2]\nfew[kept]", "Index out of range"),
    ("let none: Int? = nil\nnone!", "Unexpectedly found nil"),
    ("var most = Int.max\nmost += kept", "arithmetic overflow"),
    ("fatalError(\"on purpose\")", "on purpose"),
    ("func down(_ n: Int) -> Int { n == 0 ? 0 : 1 + down(n + 1) }\ndown(1)", "recursion"),
    ("func inTask() async -> Int { [1][kept] }\nawait inTask()", "Index out of range"),
])
def test_a_trap_is_an_error_and_the_variables_are_kept(swift, code, words):
    value(swift, "var kept = 41")
    content = failure(swift, code)
    assert words in content["evalue"]
    assert value(swift, "kept += 1\nkept") == "42"


def test_a_killed_worker_is_replaced_and_the_error_says_what_is_lost(start):
    _, client = start()
    if client.kernel_info(reply=True, timeout=30)["content"]["language_info"]["name"] != "swift":
        pytest.skip("only for the Swift kernel")
    value(client, "import Glibc\nlet precious = 1")
    content = failure(client, "kill(getpid(), SIGKILL)")
    assert content["ename"] == "WorkerDied"
    assert "precious" in "\n".join(content["traceback"])
    assert value(client, "let fresh = 2\nfresh") == "2"
    assert failure(client, "precious")["ename"] == "CompileError"


def test_exit_does_not_take_the_notebook_away(swift):
    value(swift, "import Glibc\nlet before = 5")
    _, reply, _ = execute(swift, "exit(0)")
    assert reply["content"]["status"] == "ok"
    assert value(swift, "before") == "5"


@pytest.mark.parametrize("code", ["while true {}", "import Glibc\nsleep(100)", "try await Task.sleep(nanoseconds: 100_000_000_000)"])
def test_an_interrupt_keeps_the_state(start, code):
    manager, client = start()
    if client.kernel_info(reply=True, timeout=30)["content"]["language_info"]["name"] != "swift":
        pytest.skip("only for the Swift kernel")
    value(client, "var kept = 7")
    identifier = client.execute("print(\"begun\")\n" + code)
    while True:
        message = client.get_iopub_msg(timeout=30)
        if message["msg_type"] == "stream":
            break
    manager.interrupt_kernel()
    reply = client.get_shell_msg(timeout=30)
    assert reply["parent_header"]["msg_id"] == identifier
    assert reply["content"]["ename"] == "Interrupted"
    assert value(client, "kept") == "7"


def test_ten_thousand_lines_from_swift_and_from_c_are_all_there_before_idle(swift):
    _, _, published = execute(swift, "for i in 0..<10_000 { print(i) }")
    assert stdout(published) == "".join(f"{i}\n" for i in range(10_000))
    _, _, published = execute(swift, "import Glibc\nfor i in 0..<1000 { puts(\"c \\(i)\"); print(\"swift \\(i)\") }")
    assert stdout(published) == "".join(f"c {i}\nswift {i}\n" for i in range(1000))


def test_rich_results(swift):
    _, _, published = execute(swift, """
struct Die: Displayable {
  var mimeBundle: MIMEBundle { MIMEBundle(text: "die", html: "<b>die</b>", markdown: "**die**", svg: "<svg/>", png: [137, 80], json: ["face": 3]) }
}
Die()
""")
    data = [m for m in published if m["msg_type"] == "execute_result"][0]["content"]["data"]
    assert data == {
        "text/plain": "die", "text/html": "<b>die</b>", "text/markdown": "**die**", "image/svg+xml": "<svg/>", "image/png": "iVA=",
        "application/json": {"face": 3},
    }


def test_a_display_handle_updates_its_output(swift):
    _, _, published = execute(swift, 'let handle = DisplayHandle(showing: "first")\nhandle.update("second")')
    shown = [m for m in published if m["msg_type"] in ("display_data", "update_display_data")]
    assert [m["content"]["data"]["text/plain"] for m in shown] == ['"first"', '"second"']
    assert len({m["content"]["transient"]["display_id"] for m in shown}) == 1


def test_completeness_of_swift(swift):
    def status(code):
        return ask(swift, "is_complete_request", {"code": code})[1]["content"]
    assert status("let a = 1")["status"] == "complete"
    assert status("func f() {") == {"status": "incomplete", "indent": "  "}
    assert status("let = = 3")["status"] == "invalid"


def test_a_beam_search_on_a_server_is_refused_by_the_compiler_with_the_reason(swift):
    value(swift, 'import Beamline\nlet server = OpenAIServer("http://127.0.0.1:9/v1", model: "m")')
    content = failure(swift, 'try await server.generate("x", using: BeamSearch(width: 4))')
    assert content["ename"] == "CompileError"
    assert "a server gives texts, no logits: beams, searches and adapters need a model" in content["evalue"]


def test_an_interrupted_comparison_shows_the_rows_it_has(start):
    manager, client = start()
    if client.kernel_info(reply=True, timeout=30)["content"]["language_info"]["name"] != "swift":
        pytest.skip("only for the Swift kernel")
    value(client, """
import Beamline
let coin = try TableModel(["": ["a": 0.5, "b": 0.5]])
struct Endless: DeterministicStrategy {
  func generate(_ request: GenerationRequest) async throws -> Generation {
    print("begun")
    try await Task.sleep(nanoseconds: 100_000_000_000)
    return try await Greedy().generate(request)
  }
  var description: String { "Endless" }
}
""")
    client.execute("""
let comparison = try await StrategyComparison(of: coin, on: [""], seed: 1) {
  Greedy(maximumNewTokens: 2)
  Endless()
} measuring: {
  ForwardCalls()
}
""")
    shown = []
    while True:
        message = client.get_iopub_msg(timeout=30)
        if message["msg_type"] == "stream":
            manager.interrupt_kernel()
        if message["msg_type"] == "display_data":
            shown.append(message["content"]["data"]["text/plain"])
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle" and shown:
            break
    assert "interrupted: 1 of 2 strategies are not finished" in shown[0]
    assert "Greedy " in shown[0] and "Endless (not run)" in shown[0]

"""Questions to the person at the front end: stdin."""

import pytest
from conftest import TIMEOUT, ask, cells_of, execute, kinds, published_for, stdout


def question(client, code):
    """Starts a cell; returns its identifier and the question that it puts."""
    identifier = client.execute(code, allow_stdin=True)
    message = client.get_stdin_msg(timeout=TIMEOUT)
    assert message["msg_type"] == "input_request"
    assert message["parent_header"]["msg_id"] == identifier
    return identifier, message["content"]


def reply_to(client, identifier):
    while True:
        reply = client.get_shell_msg(timeout=TIMEOUT)
        if reply["parent_header"].get("msg_id") == identifier:
            return reply["content"]


ASKING = {
    "Echo": {"line": "ask Name: ", "password": "password Name: "},
    "Swift": {
        "line": 'print("Name: ", terminator: "")\nlet answer = readLine()\nprint("«\\(answer ?? "nothing")»")',
        "password": 'print("«\\(readPassword(prompt: "Name: ") ?? "nothing")»")',
    },
}


@pytest.fixture
def asking(cells):
    return ASKING[cells.__class__.__name__]


@pytest.mark.parametrize("kind", ["line", "password"])
@pytest.mark.parametrize("text", ["Ada", "", "é 😀 «»", "a" * 100_000])
def test_a_line_is_asked_for_and_given(client, asking, kind, text):
    identifier, content = question(client, asking[kind])
    assert content["password"] is (kind == "password")
    assert content["prompt"].strip() == "Name:"
    client.input(text)
    assert reply_to(client, identifier)["status"] == "ok"
    assert stdout(published_for(client, identifier)) == f"«{text}»\n"


def test_where_nobody_can_be_asked_the_cell_fails_at_once(client, cells, asking):
    for code in asking.values():
        _, reply, published = execute(client, code, allow_stdin=False)
        assert reply["content"]["status"] == "error"
        assert reply["content"]["ename"] == "NoInput"
        assert kinds(published)[-2:] == ["error", "idle"]
    assert not client.stdin_channel.socket.poll(0)
    assert execute(client, cells.result(1))[1]["content"]["status"] == "ok"


def test_an_interrupt_releases_a_waiting_read_and_a_late_answer_is_dropped(client, cells, asking):
    for code in asking.values():
        identifier, _ = question(client, code)
        client.control_channel.send(client.session.msg("interrupt_request", {}))
        assert reply_to(client, identifier)["ename"] == "Interrupted"
        client.input("too late")
        assert execute(client, cells.result(1))[1]["content"]["status"] == "ok"
        identifier, _ = question(client, code)
        client.input("in time")
        assert reply_to(client, identifier)["status"] == "ok"
        assert stdout(published_for(client, identifier)) == "«in time»\n"


def test_an_unusable_answer_is_dropped_and_the_question_stays(client, asking):
    identifier, _ = question(client, asking["line"])
    client.stdin_channel.send(client.session.msg("input_reply", {"value": 3}))
    client.stdin_channel.send(client.session.msg("unknown_reply", {}))
    client.input("yes")
    assert reply_to(client, identifier)["status"] == "ok"


def test_shutdown_while_a_cell_asks(start):
    manager, client = start()
    question(client, ASKING[cells_of(client).__class__.__name__]["line"])
    ask(client, "shutdown_request", {"restart": False}, channel="control")
    assert manager.provisioner.process.wait(timeout=10) == 0


# Swift


@pytest.fixture
def swift(client, cells):
    if cells.__class__.__name__ != "Swift":
        pytest.skip("only for the Swift kernel")
    return client


def test_the_prompt_is_what_was_printed_last_without_a_line_feed(swift):
    identifier, content = question(swift, 'print("first line")\nprint("Your name, ", terminator: "é: ")\n_ = readLine()')
    assert content["prompt"] == "Your name, é: "
    swift.input("x")
    # The front end shows the prompt with the question: it is not printed a second time.
    assert stdout(published_for(swift, identifier)) == "first line\n"


def test_text_that_was_flushed_is_no_prompt(swift):
    identifier, content = question(swift, 'import Glibc\nprint("shown", terminator: "")\nfflush(stdout)\n_ = readLine()')
    assert content["prompt"] == ""
    swift.input("x")
    assert stdout(published_for(swift, identifier)) == "shown"


def test_lines_one_after_the_other_and_without_stripping(swift):
    identifier = swift.execute("while let line = readLine(strippingNewline: false), line != \"\\n\" { print(line.dropLast() + \"|\") }", allow_stdin=True)
    for text in ("one", "two", ""):
        swift.get_stdin_msg(timeout=TIMEOUT)
        swift.input(text)
    assert stdout(published_for(swift, identifier)) == "one|\ntwo|\n"


def test_c_reads_too(swift):
    identifier, _ = question(swift, "import Glibc\nvar line = [CChar](repeating: 0, count: 20)\nfgets(&line, 20, stdin)\nputs(line)")
    swift.input("from C")
    assert stdout(published_for(swift, identifier)) == "from C\n\n"


def test_a_task_may_ask_and_is_released_by_an_interrupt(swift):
    code = "func name() async -> String { await Task.detached { readLine() ?? \"nobody\" }.value }\nprint(await name())"
    identifier, _ = question(swift, code)
    swift.input("Ada")
    assert stdout(published_for(swift, identifier)) == "Ada\n"
    identifier, _ = question(swift, "print(await name())")
    swift.control_channel.send(swift.session.msg("interrupt_request", {}))
    reply_to(swift, identifier)
    identifier, _ = question(swift, "print(await name())")
    swift.input("Grace")
    assert stdout(published_for(swift, identifier)) == "Grace\n"


def test_the_variables_are_kept_when_nobody_can_be_asked(swift):
    execute(swift, "var kept = 7")
    _, reply, published = execute(swift, 'print("Name: ", terminator: "")\nkept += 1\n_ = readLine()')
    assert reply["content"]["ename"] == "NoInput"
    assert "line 3" in "\n".join(reply["content"]["traceback"])
    assert stdout(published) == "Name: "
    _, _, published = execute(swift, "kept")
    assert [m["content"]["data"]["text/plain"] for m in published if m["msg_type"] == "execute_result"] == ["8"]


def test_file_descriptor_0_is_empty(swift):
    _, _, published = execute(swift, "import Glibc\nvar byte: UInt8 = 0\nread(0, &byte, 1)", allow_stdin=True)
    assert [m["content"]["data"]["text/plain"] for m in published if m["msg_type"] == "execute_result"] == ["0"]

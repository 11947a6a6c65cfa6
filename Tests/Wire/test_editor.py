"""Questions: completion, inspection, and all that is answered while a cell runs."""

import pytest
from conftest import TIMEOUT, ask, execute, kinds


def complete(client, code, position=None):
    content = {"code": code, "cursor_pos": len(code) if position is None else position}
    _, reply, published = ask(client, "complete_request", content)
    assert kinds(published) == ["busy", "idle"]
    assert reply["content"]["status"] == "ok"
    return reply["content"]


def inspect(client, code, position, level=0):
    _, reply, published = ask(client, "inspect_request", {"code": code, "cursor_pos": position, "detail_level": level})
    assert kinds(published) == ["busy", "idle"]
    assert reply["content"]["status"] == "ok"
    return reply["content"]


def test_completion_names_what_it_replaces_in_code_points(client, cells):
    code = {"Echo": "😀 pr", "Swift": 'let face = "😀e\u0301"; pri'}[cells.__class__.__name__]
    content = complete(client, code)
    assert code[content["cursor_start"]:content["cursor_end"]] in ("pr", "pri")
    assert content["cursor_end"] == len(code)
    assert any(match.startswith("print") for match in content["matches"])
    types = content["metadata"]["_jupyter_types_experimental"]
    assert [entry["text"] for entry in types] == content["matches"]
    for entry in types:
        assert (entry["start"], entry["end"]) == (content["cursor_start"], content["cursor_end"])
        assert entry["type"] and entry["signature"]


@pytest.mark.parametrize("position", [-1, 1_000])
def test_a_cursor_outside_the_code_is_taken_as_its_end_or_its_beginning(client, position):
    content = complete(client, "wa", position)
    assert 0 <= content["cursor_start"] <= content["cursor_end"] <= 2
    assert inspect(client, "", position)["found"] is False


def test_a_request_without_code_gets_an_error_reply(client):
    for name in ("complete", "inspect", "is_complete"):
        _, reply, _ = ask(client, f"{name}_request", {"cursor_pos": 0})
        assert reply["content"]["status"] == "error"
        assert f"{name}_request: «code» is missing" in reply["content"]["evalue"]


def test_inspection_at_both_levels(client, cells):
    code = cells.printing("a")
    for level in (0, 1):
        content = inspect(client, code, 2, level)
        assert content["found"] is True
        assert "print" in content["data"]["text/plain"]
        assert content["data"]["text/markdown"]
    assert inspect(client, "   ", 1) == {"status": "ok", "found": False, "data": {}, "metadata": {}}


def test_questions_are_answered_while_a_cell_runs(client, cells):
    cell = client.execute(cells.forever(), allow_stdin=False)
    while client.get_iopub_msg(timeout=TIMEOUT)["msg_type"] != "stream":
        pass
    questions = [
        ("kernel_info_request", {}), ("comm_info_request", {}), ("is_complete_request", {"code": cells.result(1)}),
        ("history_request", {"hist_access_type": "tail", "n": 1, "output": False, "raw": True}),
        ("complete_request", {"code": "pri", "cursor_pos": 3}), ("inspect_request", {"code": "print", "cursor_pos": 3, "detail_level": 0}),
    ]
    for question, content in questions:
        _, reply, published = ask(client, question, content)
        assert reply["msg_type"] == question.replace("request", "reply")
        assert reply["content"]["status"] in ("ok", "complete")
        assert kinds(published) == ["busy", "idle"]
    client.control_channel.send(client.session.msg("interrupt_request", {}))
    reply = client.get_shell_msg(timeout=TIMEOUT)
    assert reply["parent_header"]["msg_id"] == cell
    assert execute(client, cells.result(1))[1]["content"]["status"] == "ok"


# Swift


@pytest.fixture
def swift(client, cells):
    if cells.__class__.__name__ != "Swift":
        pytest.skip("only for the Swift kernel")
    return client


def test_members_of_what_a_cell_has_declared(swift):
    execute(swift, "struct Point {\n  /// To the right.\n  var x = 1.0\n  func moved(by distance: Double) -> Point { self }\n}\nlet origin = Point()")
    content = complete(swift, "let far = origin.")
    found = {e["text"]: (e["type"], e["signature"]) for e in content["metadata"]["_jupyter_types_experimental"]}
    assert found["x"] == ("property", "x: Double")
    assert found["moved(by: )"] == ("function", "moved(by: Double) -> Point")
    code = "origin.x"
    content = inspect(swift, code, 8, 1)
    assert "var x: Double" in content["data"]["text/plain"]
    assert "To the right." in content["data"]["text/markdown"]


def test_completion_inside_an_unfinished_cell(swift):
    matches = complete(swift, "func f(_ text: String) {\n  for c in text.upper")["matches"]
    assert matches == ["uppercased()"]

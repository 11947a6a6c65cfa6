"""Requests other than execute."""

import pytest
from conftest import ask, cells_of, execute, kinds, published_for


def test_kernel_info_says_how_the_language_is_highlighted(client):
    _, reply, published = ask(client, "kernel_info_request")
    content = reply["content"]
    assert content["status"] == "ok"
    assert content["protocol_version"].startswith("5.")
    assert content["supported_features"] == []
    assert {"name", "version", "mimetype", "file_extension", "pygments_lexer", "codemirror_mode"} <= set(content["language_info"])
    assert kinds(published) == ["busy", "idle"]


def test_swift_is_highlighted_as_swift(client):
    language = ask(client, "kernel_info_request")[1]["content"]["language_info"]
    if language["name"].lower() != "swift":
        pytest.skip("not the Swift kernel")
    assert language["mimetype"] == "text/x-swift"
    assert language["file_extension"] == ".swift"
    assert language["pygments_lexer"] == "swift"
    assert language["codemirror_mode"] == "swift"


def test_is_complete(client, cells):
    _, reply, published = ask(client, "is_complete_request", {"code": cells.result(1)})
    assert reply["content"]["status"] == "complete"
    assert kinds(published) == ["busy", "idle"]


def test_history_tail_range_and_search(client, cells):
    for number in (101, 102, 103):
        execute(client, cells.result(number))
    last = execute(client, cells.result(104))[1]["content"]["execution_count"]

    def history(**fields):
        content = ask(client, "history_request", {"raw": True, "output": False, **fields})[1]["content"]
        assert content["status"] == "ok"
        return content["history"]

    texts = [cells.result(number) for number in (101, 102, 103, 104)]
    assert [entry[2] for entry in history(hist_access_type="tail", n=4)] == texts
    assert [entry[2] for entry in history(hist_access_type="range", session=0, start=last - 2, stop=last)] == texts[1:3]
    assert [entry[2] for entry in history(hist_access_type="search", pattern="*10?*", n=2)] == texts[2:]
    with_output = history(hist_access_type="tail", n=1, output=True)
    assert with_output == [[0, last, [texts[3], "104"]]]


def test_no_comm_is_open_and_an_unknown_target_is_closed(client):
    _, reply, _ = ask(client, "comm_info_request")
    assert reply["content"] == {"status": "ok", "comms": {}}
    _, _, published = ask(client, "comm_open", {"comm_id": "c1", "target_name": "nobody", "data": {}})
    assert kinds(published) == ["busy", "comm_close", "idle"]
    assert published[1]["content"]["comm_id"] == "c1"
    for message_type in ("comm_msg", "comm_close"):
        _, reply, published = ask(client, message_type, {"comm_id": "c1", "data": {}})
        assert kinds(published) == ["busy", "idle"]


@pytest.mark.parametrize("channel", ["shell", "control"])
def test_an_unknown_type_is_busy_idle_and_no_reply(client, channel):
    _, reply, published = ask(client, "unknown_request", channel=channel)
    assert reply is None
    assert kinds(published) == ["busy", "idle"]


def test_the_parent_header_comes_back_whole(client):
    message = client.session.msg("kernel_info_request", {})
    message["header"]["subshell_id"] = None
    message["header"]["my_own_field"] = {"é": [1, 2.5]}
    client.shell_channel.send(message)
    while True:
        reply = client.get_shell_msg(timeout=10)
        if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
            break
    assert reply["parent_header"]["my_own_field"] == {"é": [1, 2.5]}
    assert reply["parent_header"]["subshell_id"] is None


def history_of(client, **fields):
    content = ask(client, "history_request", {"raw": True, "output": False, **fields})[1]["content"]
    assert content["status"] == "ok"
    return content["history"]


def test_history_is_kept_over_restarts_and_shared_by_kernels(start, tmp_path):
    environment = {"XDG_DATA_HOME": str(tmp_path)}
    manager, first = start(environment)
    cells = cells_of(first)
    execute(first, cells.result(11))
    execute(first, cells.result(12))
    execute(first, cells.result(13), store_history=False)
    execute(first, cells.result(14), silent=True)
    manager.restart_kernel()
    first.wait_for_ready(timeout=30)
    execute(first, cells.result(21))
    _, second = start(environment)
    execute(second, cells.result(31))

    texts = [cells.result(number) for number in (11, 12, 21, 31)]
    assert history_of(second, hist_access_type="tail", n=10) == [[-2, 1, texts[0]], [-2, 2, texts[1]], [-1, 1, texts[2]], [0, 1, texts[3]]]
    assert history_of(second, hist_access_type="range", session=-2, start=2) == [[-2, 2, texts[1]]]
    assert history_of(second, hist_access_type="search", pattern="*2?*", output=True) == [[-1, 1, [texts[2], "21"]]]
    assert [entry[2] for entry in history_of(first, hist_access_type="tail", n=10)][-1] == texts[2]
    assert (tmp_path / "beamline/history.jsonl").stat().st_mode & 0o777 == 0o600


def test_a_damaged_history_file_is_read_as_far_as_it_goes_and_stays_bounded(start, tmp_path):
    path = tmp_path / "beamline/history.jsonl"
    path.parent.mkdir()
    lines = "".join(f'{{"session": "old", "line": {n}, "input": "cell {n} {"x" * 1000}"}}\n' for n in range(1_100))
    path.write_bytes(b"\xff\xfe not JSON\n[]\n{}\n" + lines.encode() + b'{"session": "torn\n')
    _, client = start({"XDG_DATA_HOME": str(tmp_path)})
    assert history_of(client, hist_access_type="tail", n=1)[0][:2] == [-1, 1_099]
    execute(client, cells_of(client).result(1))
    assert path.stat().st_size <= 1 << 19
    tail = history_of(client, hist_access_type="tail", n=2)
    assert [entry[:2] for entry in tail] == [[-1, 1_099], [0, 1]]


def test_without_a_place_for_the_history_the_kernel_works(start, tmp_path):
    (tmp_path / "beamline").write_text("a file where the folder should be")
    _, client = start({"XDG_DATA_HOME": str(tmp_path)})
    cells = cells_of(client)
    execute(client, cells.result(5))
    assert [entry[2] for entry in history_of(client, hist_access_type="tail", n=5)] == [cells.result(5)]


def test_a_comm_goes_both_ways(client, cells):
    """Opened, used and closed by the front end; the kernel's side answers with the same data and buffers."""
    if cells.__class__.__name__ == "Swift":
        execute(client, 'Comm.register("echo") { comm, _ in comm.onMessage { data, buffers in print(data.compactText); comm.send(data, buffers: buffers) } }')
    _, _, published = ask(client, "comm_open", {"comm_id": "c2", "target_name": "echo", "data": {}})
    assert kinds(published) == ["busy", "idle"]
    assert ask(client, "comm_info_request", {"target_name": "echo"})[1]["content"]["comms"] == {"c2": {"target_name": "echo"}}
    message = client.session.msg("comm_msg", {"comm_id": "c2", "data": {"é": [1, 2.5]}})
    client.session.send(client.shell_channel.socket, message, buffers=[b"\x00\xff", b""])
    published = published_for(client, message["header"]["msg_id"])
    assert kinds(published) == ["busy", "stream", "comm_msg", "idle"]
    assert published[2]["content"] == {"comm_id": "c2", "data": {"é": [1, 2.5]}}
    assert [bytes(buffer) for buffer in published[2]["buffers"]] == [b"\x00\xff", b""]
    ask(client, "comm_close", {"comm_id": "c2", "data": {}})
    assert ask(client, "comm_info_request", {"target_name": "echo"})[1]["content"]["comms"] == {}

"""What a cell causes, in which order."""

import time

from conftest import TIMEOUT, ask, cells_of, execute, kinds, published_for, stdout


def test_order_is_busy_input_outputs_reply_idle(client, cells):
    _, reply, published = execute(client, cells.printing("a") + "\n" + cells.result(42))
    assert kinds(published) == ["busy", "execute_input", "stream", "execute_result", "idle"]
    assert stdout(published) == "a\n"
    assert published[3]["content"]["data"]["text/plain"] == "42"
    count = reply["content"]["execution_count"]
    assert reply["content"]["status"] == "ok"
    assert [m["content"]["execution_count"] for m in published if "execution_count" in m["content"]] == [count, count]


def test_ten_thousand_lines_come_in_few_messages_before_idle(client, cells):
    execute(client, cells.printing("warm"))
    start = time.monotonic()
    _, _, published = execute(client, cells.lines(10_000))
    elapsed = time.monotonic() - start
    assert stdout(published) == "".join(f"line {n}\n" for n in range(10_000))
    assert kinds(published).count("stream") < 200
    print(f"10,000 lines: {1000 * elapsed:.0f} ms, {kinds(published).count('stream')} messages")


def test_text_beyond_ascii_is_whole(client, cells):
    text = "é e\u0301 中 😀 👩‍👩‍👧"
    _, _, published = execute(client, cells.printing(text))
    assert stdout(published) == text + "\n"


def test_a_failure_is_one_error_output_and_the_same_in_the_reply(client, cells):
    _, reply, published = execute(client, cells.failing())
    assert kinds(published) == ["busy", "execute_input", "error", "idle"]
    error = published[2]["content"]
    assert error["ename"] == cells.failure_name
    assert error["traceback"]
    for field in ("ename", "evalue", "traceback"):
        assert reply["content"][field] == error[field]
    assert reply["content"]["execution_count"] == published[1]["content"]["execution_count"]


def test_silent_shows_nothing_and_does_not_count(client, cells):
    _, before, _ = execute(client, cells.result(1))
    for code in (cells.printing("a"), cells.result(1), cells.failing()):
        _, reply, published = execute(client, code, silent=True)
        assert kinds(published) == ["busy", "idle"]
        assert reply["content"]["execution_count"] == before["content"]["execution_count"]
    _, after, _ = execute(client, cells.result(1))
    assert after["content"]["execution_count"] == before["content"]["execution_count"] + 1


def test_without_store_history_the_count_stays(client, cells):
    _, before, _ = execute(client, cells.result(1))
    _, reply, published = execute(client, cells.result(2), store_history=False)
    assert reply["content"]["execution_count"] == before["content"]["execution_count"]
    assert kinds(published) == ["busy", "execute_input", "execute_result", "idle"]
    history = ask(client, "history_request", {"hist_access_type": "tail", "n": 1, "output": False, "raw": True})[1]
    assert history["content"]["history"][0][2] == cells.result(1)


def test_user_expressions_are_answered_one_by_one(client, cells):
    _, reply, _ = execute(client, cells.result(1), user_expressions={"good": cells.result(7), "bad": cells.failing()})
    answers = reply["content"]["user_expressions"]
    assert answers["good"]["status"] == "ok"
    assert answers["good"]["data"]["text/plain"] == "7"
    assert answers["bad"]["status"] == "error"
    assert answers["bad"]["ename"] == cells.failure_name


def test_an_error_aborts_the_cells_behind_it(client, cells):
    # The first cell runs until it is interrupted, so that the others are surely waiting when it fails.
    first = client.execute(cells.forever(), allow_stdin=False)
    while True:
        message = client.get_iopub_msg(timeout=TIMEOUT)
        if message["msg_type"] == "stream":
            break
    others = [client.execute(cells.printing("never"), allow_stdin=False) for _ in range(3)]
    # A reply on shell would tell that they have come, but waits for them. Each turn of the kernel's loop reads shell before control,
    # so after some round trips on control they have been read.
    for _ in range(10):
        client.control_channel.send(client.session.msg("kernel_info_request", {}))
        client.get_control_msg(timeout=TIMEOUT)
    client.control_channel.send(client.session.msg("interrupt_request", {}))
    replies = {}
    while len(replies) < 4:
        reply = client.get_shell_msg(timeout=TIMEOUT)
        replies[reply["parent_header"]["msg_id"]] = reply["content"]
    assert replies[first]["status"] == "error"
    assert [replies[other]["status"] for other in others] == ["aborted"] * 3
    assert all("execution_count" in replies[other] for other in others)
    assert kinds(published_for(client, others[-1])) == ["busy", "idle"]
    assert execute(client, cells.result(1))[1]["content"]["status"] == "ok"


def test_with_stop_on_error_false_the_next_cell_runs(client, cells):
    first = client.execute(cells.failing(), stop_on_error=False, allow_stdin=False)
    second = client.execute(cells.printing("yes"), allow_stdin=False)
    assert "error" in kinds(published_for(client, first))
    assert stdout(published_for(client, second)) == "yes\n"


def test_unusable_content_gets_an_error_reply(client):
    _, reply, published = ask(client, "execute_request", {"code": 3})
    assert reply["content"]["status"] == "error"
    assert "code" in reply["content"]["evalue"]
    assert kinds(published) == ["busy", "idle"]


def test_outputs_stream_while_the_cell_runs(client, cells):
    client.execute(cells.forever(), allow_stdin=False)
    while True:
        message = client.get_iopub_msg(timeout=TIMEOUT)
        if message["msg_type"] == "stream":
            assert message["content"]["text"] == "started\n"
            break
    client.control_channel.send(client.session.msg("interrupt_request", {}))
    assert client.get_shell_msg(timeout=TIMEOUT)["content"]["status"] == "error"


def test_two_kernels_do_not_share_counts(start):
    _, one = start()
    _, other = start()
    cells = cells_of(one)
    execute(one, cells.result(1))
    execute(one, cells.result(1))
    assert execute(other, cells.result(1))[1]["content"]["execution_count"] == 1

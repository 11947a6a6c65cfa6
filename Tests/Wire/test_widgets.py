"""Widgets: what a front end sends when a person moves something, and what comes back."""

import time

import pytest
from conftest import TIMEOUT, ask, execute, kinds, published_for, stdout

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def swift(client):
    if client.kernel_info(reply=True, timeout=TIMEOUT)["content"]["language_info"]["name"] != "swift":
        pytest.skip("widgets are of the library of Swift cells")
    return client


def show(client, code):
    """Runs a cell; returns the states of all widgets that it opened, and the one that it shows."""
    _, reply, published = execute(client, code)
    assert reply["content"]["status"] == "ok", reply["content"]
    opened = [m for m in published if m["msg_type"] == "comm_open"]
    assert all(m["content"]["target_name"] == "jupyter.widget" and m["metadata"]["version"] == "2.1.0" for m in opened)
    states = {m["content"]["comm_id"]: m["content"]["data"]["state"] for m in opened}
    result = next(m for m in published if m["msg_type"] == "execute_result")["content"]["data"]
    return states, result


def find(states, name):
    return next(key for key, state in states.items() if state["_model_name"] == name)


def send(client, identifier, data):
    message = client.session.msg("comm_msg", {"comm_id": identifier, "data": data})
    client.shell_channel.send(message)
    return message["header"]["msg_id"]


def change(client, identifier, **state):
    return published_for(client, send(client, identifier, {"method": "update", "state": state, "buffer_paths": []}))


def shown(published):
    return [m["content"]["data"]["text/plain"] for m in published if m["msg_type"] == "display_data"]


def test_a_slider_redraws_what_hangs_on_it(swift):
    states, result = show(swift, 'var calls = 0\nSlider("t", 0.0...2, value: 1) { t in\n  calls += 1\n  print("printed", t)\n  "t is \\(t)"\n}')
    assert result[VIEW]["model_id"] in states
    assert result["text/plain"] == 't: 1.0 (0.0 to 2.0)\n"t is 1.0"'
    assert "<div>t: 1.0" in result["text/html"]
    published = change(swift, find(states, "FloatSliderModel"), value=1.5)
    assert kinds(published) == ["busy", "comm_msg", "comm_msg", "clear_output", "stream", "display_data", "comm_msg", "idle"]
    echo, capture, *_, release = [m["content"]["data"] for m in published if m["msg_type"] == "comm_msg"]
    assert echo == {"method": "echo_update", "state": {"value": 1.5}, "buffer_paths": []}
    assert capture["state"] == {"msg_id": published[0]["parent_header"]["msg_id"]}
    assert release["state"] == {"msg_id": ""}
    assert stdout(published) == "printed 1.5\n"
    assert shown(published) == ['"t is 1.5"']
    assert execute(swift, "calls")[2][2]["content"]["data"]["text/plain"] == "2"


def test_an_error_and_a_trap_in_a_closure_lose_nothing(swift):
    states, _ = show(
        swift,
        "struct TooHot: Error {}\nlet values = [10, 20, 30]\nfunc pick(_ i: Int) throws -> Int { if i == 9 { throw TooHot() }; return values[i] }\n"
        'Slider("index", 0...9) { i in\n  try pick(i)\n}',
    )
    slider = find(states, "IntSliderModel")
    published = change(swift, slider, value=9)
    error = next(m for m in published if m["msg_type"] == "error")["content"]
    assert error["ename"] == "TooHot", error
    published = change(swift, slider, value=5)
    error = next(m for m in published if m["msg_type"] == "error")["content"]
    assert error["ename"] == "Trap" and "Index out of range" in error["evalue"]
    assert any("line 3" in line for line in error["traceback"]), error["traceback"]
    assert shown(change(swift, slider, value=2)) == ["30"]
    assert execute(swift, "values")[2][2]["content"]["data"]["text/plain"] == "[10, 20, 30]"


def test_an_endless_closure_is_interrupted(swift):
    states, _ = show(swift, 'Checkbox("run") { isOn in\n  if isOn { print("began"); while true {} }\n  return "rests"\n}')
    box = find(states, "CheckboxModel")
    identifier = send(swift, box, {"method": "update", "state": {"value": True}, "buffer_paths": []})
    while True:
        message = swift.get_iopub_msg(timeout=TIMEOUT)
        if message["msg_type"] == "stream" and message["parent_header"]["msg_id"] == identifier:
            break
    swift.control_channel.send(swift.session.msg("interrupt_request", {}))
    published = published_for(swift, identifier)
    assert [m["content"]["ename"] for m in published if m["msg_type"] == "error"] == ["Interrupted"]
    assert shown(change(swift, box, value=False)) == ['"rests"']


def test_an_asynchronous_closure(swift):
    states, _ = show(
        swift, "func slow(_ n: Int) async -> Int { await Task.yield(); return n * 2 }\nSlider(\"n\", 1...9) { n in\n  await slow(n)\n}")
    area = find(states, "OutputModel")
    assert states[area]["outputs"][0]["data"]["text/plain"] == "2"
    assert shown(change(swift, find(states, "IntSliderModel"), value=4)) == ["8"]


def test_a_button_a_dropdown_and_a_text_in_boxes(swift):
    states, result = show(
        swift,
        'let name = TextField("name", value: "Ada")\nlet size = Dropdown("size", ["small": 1, "large": 10])\n'
        'VBox { HBox { name; size }; Button("greet") { "Hello \\(name.value) \\(size.value)" } }',
    )
    assert result["text/plain"] == "name: «Ada»\nsize: [small]  large\n[ greet ]"
    change(swift, find(states, "TextModel"), value="Bob")
    change(swift, find(states, "DropdownModel"), index=1)
    published = published_for(swift, send(swift, find(states, "ButtonModel"), {"method": "custom", "content": {"event": "click"}}))
    assert shown(published) == ['"Hello Bob 10"']
    assert execute(swift, "name.value + \"\\(size.value)\"")[2][2]["content"]["data"]["text/plain"] == '"Bob10"'


def test_messages_wait_for_the_running_cell_and_belong_to_themselves(swift):
    states, _ = show(swift, 'Slider("n", 1...9) { n in print("slid", n) }')
    cell = swift.execute('import Glibc\nprint("cell"); usleep(300_000); print("done")')
    identifier = send(swift, find(states, "IntSliderModel"), {"method": "update", "state": {"value": 3}, "buffer_paths": []})
    assert stdout(published_for(swift, cell)) == "cell\ndone\n"
    assert stdout(published_for(swift, identifier)) == "slid 3\n"
    swift.get_shell_msg(timeout=TIMEOUT)


def test_a_front_end_that_comes_later_gets_all_states(swift):
    states, result = show(swift, 'Slider("late", 1...9)')
    ask(swift, "comm_open", {"comm_id": "control", "target_name": "jupyter.widget.control", "data": {}})
    published = published_for(swift, send(swift, "control", {"method": "request_states"}))
    data = next(m for m in published if m["msg_type"] == "comm_msg")["content"]["data"]
    assert data["method"] == "update_states"
    assert data["states"][result[VIEW]["model_id"]]["state"]["description"] == "late"
    listed = ask(swift, "comm_info_request", {"target_name": "jupyter.widget"})[1]["content"]["comms"]
    assert set(states) <= set(listed)


def test_comms_end_with_the_process_that_held_their_objects(swift):
    show(swift, 'Slider("gone", 1...9)')
    _, reply, _ = execute(swift, "import Glibc\nkill(getpid(), SIGKILL)")
    assert reply["content"]["ename"] == "WorkerDied"
    assert ask(swift, "comm_info_request")[1]["content"]["comms"] == {}

"""Heartbeat, subscriptions, transports, encryption, and the start."""

import json
import os
import stat
import subprocess

import pytest
import zmq
from conftest import TIMEOUT, ask, cells_of, execute, kinds
from jupyter_client.session import Session


@pytest.fixture
def context():
    context = zmq.Context()
    yield context
    context.destroy(linger=0)


def test_the_heartbeat_sends_back_what_comes(kernel, context):
    socket = context.socket(zmq.REQ)
    socket.connect(f"tcp://{kernel.ip}:{kernel.hb_port}")
    for frames in ([b"ping"], [b""], [b"\x00\xff" * 1000], [b"a", b"b"]):
        socket.send_multipart(frames)
        assert socket.poll(5_000)
        assert socket.recv_multipart() == frames


def test_the_heartbeat_beats_while_a_cell_runs(start, context):
    manager, client = start()
    client.execute(cells_of(client).forever(), allow_stdin=False)
    while client.get_iopub_msg(timeout=TIMEOUT)["msg_type"] != "stream":
        pass
    socket = context.socket(zmq.REQ)
    socket.connect(f"tcp://{manager.ip}:{manager.hb_port}")
    socket.send(b"ping")
    assert socket.poll(2_000)
    client.control_channel.send(client.session.msg("interrupt_request", {}))
    client.get_shell_msg(timeout=TIMEOUT)


@pytest.mark.parametrize("topic", [b"", b"kernel.", "é".encode()])
def test_every_subscriber_is_welcomed(kernel, context, topic):
    session = Session(key=kernel.session.key)
    # The second one shows that a subscription that is already there is told as well.
    for _ in range(2):
        socket = context.socket(zmq.SUB)
        socket.connect(f"tcp://{kernel.ip}:{kernel.iopub_port}")
        socket.subscribe(topic)
        assert socket.poll(5_000)
        identities, frames = session.feed_identities(socket.recv_multipart())
        message = session.deserialize(frames)
        assert identities == [topic]
        assert message["msg_type"] == "iopub_welcome"
        assert message["content"] == {"subscription": topic.decode()}
        assert message["parent_header"] == {}


def test_ipc(start):
    _, client = start(transport="ipc")
    assert execute(client, cells_of(client).result(3))[2][2]["content"]["data"]["text/plain"] == "3"


def test_curve(start):
    if not zmq.has("curve"):
        pytest.skip("this pyzmq has no CurveZMQ")
    manager, client = start(transport_encryption="required")
    assert manager.get_connection_info()["curve_publickey"]
    assert execute(client, cells_of(client).result(3))[2][2]["content"]["data"]["text/plain"] == "3"
    # Without the key no connection comes about.
    context = zmq.Context()
    socket = context.socket(zmq.DEALER)
    socket.linger = 0
    socket.connect(f"tcp://{manager.ip}:{manager.shell_port}")
    # Where the handshake has already failed, there is nothing to send to.
    socket.sndtimeo = 500
    session = Session(key=manager.session.key)
    try:
        session.send(socket, "kernel_info_request", {})
    except zmq.Again:
        pass
    assert not socket.poll(500)
    socket.close()
    context.term()


def test_the_connection_file_keeps_its_permissions(kernel, client):
    assert stat.S_IMODE(os.stat(kernel.connection_file).st_mode) & 0o077 == 0


@pytest.mark.parametrize(
    "changes, sentence",
    [
        ({"signature_scheme": "hmac-md5"}, "«signature_scheme» is «hmac-md5»"),
        ({"transport": "udp"}, "«transport» is «udp»"),
        ({"shell_port": None}, "«shell_port» is missing"),
        ({"shell_port": 70000}, "«shell_port» is 70000"),
        ({"curve_publickey": "x", "curve_secretkey": "y"}, "«curve_publickey» has 1 characters"),
        ({"curve_publickey": "\\" * 40, "curve_secretkey": "\\" * 40}, "is not a CurveZMQ key"),
        ("taken", "cannot listen at tcp://127.0.0.1:"),
        ("not JSON", "line 1, column 1 (byte 0): expected a value"),
    ],
)
def test_a_connection_file_that_cannot_be_used_gets_a_sentence(make_manager, tmp_path, changes, sentence):
    manager = make_manager()
    manager.write_connection_file()
    path = manager.connection_file
    taken = zmq.Context()
    try:
        with open(path) as file:
            information = json.load(file)
        if changes == "taken":
            socket = taken.socket(zmq.ROUTER)
            socket.bind(f"tcp://127.0.0.1:{information['shell_port']}")
        elif changes != "not JSON":
            information.update(changes)
        with open(path, "w") as file:
            file.write("x" if changes == "not JSON" else json.dumps(information))
        done = subprocess.run(manager.format_kernel_cmd(), capture_output=True, text=True, timeout=20)
        assert done.returncode != 0
        assert sentence in done.stderr
        assert "Fatal error" not in done.stderr
    finally:
        taken.destroy(linger=0)
        manager.cleanup_connection_file()

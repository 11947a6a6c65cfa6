"""What is no message is dropped, and the kernel goes on."""

import json
import random

import pytest
import zmq
from conftest import ask, kinds
from jupyter_client.session import Session


@pytest.fixture
def raw(kernel):
    """A bare socket at the shell port, and the session that signs."""
    context = zmq.Context()
    socket = context.socket(zmq.DEALER)
    socket.linger = 0
    socket.connect(f"tcp://{kernel.ip}:{kernel.shell_port}")
    yield socket, Session(key=kernel.session.key)
    socket.close()
    context.term()


def signed(session, frames):
    return [b"<IDS|MSG>", session.sign(frames), *frames]


def request(session, message_type="kernel_info_request", content=None):
    message = session.msg(message_type, content or {})
    return [json.dumps(message[part], default=str).encode() for part in ("header", "parent_header", "metadata", "content")]


def expect_reply(socket, session):
    """A good request is answered: the kernel has survived what came before it."""
    socket.send_multipart(signed(session, request(session)))
    assert socket.poll(10_000), "no reply"
    frames = socket.recv_multipart()
    assert json.loads(frames[2])["msg_type"] == "kernel_info_reply"
    return frames


def expect_only_that_reply(socket, session):
    expect_reply(socket, session)
    assert not socket.poll(50)


def test_replies_are_signed(raw):
    socket, session = raw
    frames = expect_reply(socket, session)
    assert frames[0] == b"<IDS|MSG>"
    assert frames[1] == session.sign(frames[2:6])


def test_a_wrong_signature_is_dropped(raw):
    socket, session = raw
    frames = request(session)
    for signature in (b"", b"0" * 64, session.sign(frames)[:-1], session.sign(frames).upper(), Session(key=b"other").sign(frames)):
        socket.send_multipart([b"<IDS|MSG>", signature, *frames])
    expect_only_that_reply(socket, session)


def test_a_replayed_message_is_dropped(raw, client):
    socket, session = raw
    frames = signed(session, request(session))
    socket.send_multipart(frames)
    assert socket.poll(10_000)
    socket.recv_multipart()
    for _ in range(3):
        socket.send_multipart(frames)
    expect_only_that_reply(socket, session)


@pytest.mark.parametrize(
    "name, change",
    [
        ("no delimiter", lambda session, frames: frames),
        ("one empty frame", lambda session, frames: [b""]),
        ("only the delimiter", lambda session, frames: [b"<IDS|MSG>"]),
        ("too few frames", lambda session, frames: signed(session, frames[:3])),
        ("bad JSON", lambda session, frames: signed(session, [b"{", *frames[1:]])),
        ("JSON that is not an object", lambda session, frames: signed(session, [frames[0], frames[1], frames[2], b"[1]"])),
        ("NaN", lambda session, frames: signed(session, [frames[0], frames[1], frames[2], b'{"x": NaN}'])),
        ("bytes that are not UTF-8", lambda session, frames: signed(session, [frames[0], frames[1], frames[2], b'{"x": "\xff"}'])),
        ("deep nesting", lambda session, frames: signed(session, [frames[0], frames[1], frames[2], b"[" * 1_000_000])),
        ("no msg_type", lambda session, frames: signed(session, [b'{"msg_id": "x"}', *frames[1:]])),
        ("msg_type that is no string", lambda session, frames: signed(session, [b'{"msg_id": "x", "msg_type": 3}', *frames[1:]])),
        ("an empty header", lambda session, frames: signed(session, [b"{}", *frames[1:]])),
    ],
)
def test_malformed_frames_are_dropped(raw, name, change):
    socket, session = raw
    socket.send_multipart(change(session, request(session)))
    expect_only_that_reply(socket, session)


def test_random_damage_does_not_end_the_kernel(raw):
    socket, session = raw
    generator = random.Random(7)
    for _ in range(500):
        frames = signed(session, request(session, "is_complete_request", {"code": "1"}))
        for _ in range(generator.randint(1, 3)):
            place = generator.randrange(len(frames))
            match generator.randrange(4):
                case 0:
                    frames[place] = generator.randbytes(generator.randrange(40))
                case 1:
                    frames.insert(place, generator.randbytes(generator.randrange(40)))
                case 2:
                    frames[place] = frames[place][:-1]
                case 3 if len(frames) > 1:
                    del frames[place]
        socket.send_multipart(frames)
    while socket.poll(300):
        socket.recv_multipart()
    expect_only_that_reply(socket, session)


def test_bytes_that_are_not_zeromq_do_not_end_the_kernel(kernel, raw):
    import socket as plain

    for port in (kernel.shell_port, kernel.iopub_port, kernel.hb_port, kernel.control_port, kernel.stdin_port):
        with plain.create_connection((kernel.ip, port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + bytes(range(256)))
    expect_only_that_reply(*raw)


def test_buffers_and_unknown_fields_are_ignored(raw):
    socket, session = raw
    frames = request(session, content={"unknown": 1})
    socket.send_multipart([*signed(session, frames), b"\x00\xff", b""])
    assert socket.poll(10_000)
    assert json.loads(socket.recv_multipart()[2])["msg_type"] == "kernel_info_reply"


def test_an_answer_on_stdin_that_nobody_asked_for_is_dropped(client):
    client.stdin_channel.send(client.session.msg("input_reply", {"value": "x"}))
    assert kinds(ask(client, "kernel_info_request")[2]) == ["busy", "idle"]


def test_an_empty_key_means_unsigned(start):
    manager, client = start(session=Session(key=b""))
    assert manager.session.key == b""
    assert ask(client, "kernel_info_request")[1]["content"]["status"] == "ok"

"""Tests of a running kernel through Jupyter's own client.

    pytest Tests/Wire --kernel-argv ".build/debug/echo-kernel {connection_file}"
    pytest Tests/Wire --kernel-argv ".build/release/beamline kernel {connection_file}"
    pytest Tests/Wire --kernel beamline                    # an installed kernel, by name

Needs jupyter_client, jupyter_kernel_test, pyzmq, psutil and pytest.
"""

import json
import os
import shlex

import pytest
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager

TIMEOUT = 30


def pytest_addoption(parser):
    parser.addoption("--kernel", help="the name of an installed kernel")
    parser.addoption("--kernel-argv", help="the command of a kernel, with {connection_file}")


@pytest.fixture(scope="session", autouse=True)
def own_data_folder(request, tmp_path_factory):
    """The history of the tests is not mixed with that of the person who runs them."""
    if request.config.getoption("--kernel-argv"):
        os.environ["XDG_DATA_HOME"] = str(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def make_manager(request, tmp_path_factory):
    """A function that makes a manager of a kernel that is not started yet."""
    name = request.config.getoption("--kernel")
    argv = request.config.getoption("--kernel-argv")
    if bool(name) == bool(argv):
        pytest.exit("give either --kernel NAME or --kernel-argv COMMAND", returncode=2)
    specs = KernelSpecManager()
    if argv:
        folder = tmp_path_factory.mktemp("kernels") / "tested"
        folder.mkdir()
        command = shlex.split(argv)
        command[0] = os.path.abspath(command[0])
        spec = {
            "argv": command, "display_name": "tested", "language": "tested", "interrupt_mode": "message",
            "metadata": {"supported_encryption": ["curve"]},
        }
        (folder / "kernel.json").write_text(json.dumps(spec))
        specs = KernelSpecManager(kernel_dirs=[str(folder.parent)])
        name = "tested"

    def make(**options):
        return KernelManager(kernel_name=name, kernel_spec_manager=specs, **options)

    return make


@pytest.fixture
def start(make_manager):
    """A function that starts a kernel of the test's own; it is ended after the test."""
    running = []

    def start(environment=None, **options):
        manager = make_manager(**options)
        manager.start_kernel(env={**os.environ, **(environment or {})})
        client = manager.blocking_client()
        client.start_channels()
        running.append((manager, client))
        client.wait_for_ready(timeout=TIMEOUT)
        return manager, client

    yield start
    for manager, client in running:
        client.stop_channels()
        if manager.is_alive():
            manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel(make_manager):
    """A kernel that the tests of a file share."""
    manager = make_manager()
    manager.start_kernel()
    yield manager
    if manager.is_alive():
        manager.shutdown_kernel(now=True)


@pytest.fixture
def client(kernel):
    """A client that has seen nothing yet."""
    client = kernel.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=TIMEOUT)
    yield client
    client.stop_channels()


@pytest.fixture
def cells(client):
    client.kernel_info()
    return cells_of(client)


def cells_of(client):
    """Cells with known effects in the language of the kernel."""
    name = client.kernel_info(reply=True, timeout=TIMEOUT)["content"]["language_info"]["name"]
    return {"echo": Echo, "swift": Swift}[name.lower()]()


class Echo:
    failure_name = "Failed"

    def printing(self, text):
        return f"print {text}"

    def lines(self, count):
        return f"lines {count}"

    def result(self, number):
        return str(number)

    def failing(self):
        return "fail Failed on purpose"

    def forever(self):
        return "print started\nwait"


class Swift:
    failure_name = "Failed"

    def printing(self, text):
        return f"print({json.dumps(text, ensure_ascii=False)})"

    def lines(self, count):
        return f'for number in 0..<{count} {{ print("line \\(number)") }}'

    def result(self, number):
        return str(number)

    def failing(self):
        return "struct Failed: Error {}\nthrow Failed()"

    def forever(self):
        return 'print("started")\nwhile true {}'


def ask(client, message_type, content=None, channel="shell", timeout=TIMEOUT):
    """Sends a request; returns its identifier, the reply (None if there is none) and everything on IOPub up to its idle."""
    message = client.session.msg(message_type, content or {})
    getattr(client, f"{channel}_channel").send(message)
    identifier = message["header"]["msg_id"]
    published = published_for(client, identifier, timeout)
    reply = None
    while client_has_message(client, channel, wait=reply is None and has_reply(message_type)):
        candidate = getattr(client, f"get_{channel}_msg")(timeout=timeout)
        if candidate["parent_header"].get("msg_id") == identifier:
            reply = candidate
    return identifier, reply, published


def has_reply(message_type):
    return message_type.endswith("_request") and "unknown" not in message_type


def client_has_message(client, channel, wait):
    # Idle has come, so a reply was sent before it; it only has to arrive on its own socket.
    return getattr(client, f"{channel}_channel").socket.poll(5_000 if wait else 50) != 0


def published_for(client, identifier, timeout=TIMEOUT):
    """Everything on IOPub that a request causes, up to its idle."""
    published = []
    while True:
        message = client.get_iopub_msg(timeout=timeout)
        if message["parent_header"].get("msg_id") != identifier:
            continue
        published.append(message)
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return published


def execute(client, code, **fields):
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False, "stop_on_error": True}
    return ask(client, "execute_request", {**content, **fields})


def kinds(published):
    """Types of message, with the state for a status: `["busy", "execute_input", "idle"]`."""
    return [m["content"]["execution_state"] if m["msg_type"] == "status" else m["msg_type"] for m in published]


def stdout(published):
    return "".join(m["content"]["text"] for m in published if m["msg_type"] == "stream" and m["content"]["name"] == "stdout")

"""beamline-kernel, which listens before the kernel proper has begun."""

import json
import os
import shlex
import socket
import subprocess

import psutil
import pytest
from conftest import cells_of, execute
from jupyter_client import KernelManager
from jupyter_client.connect import write_connection_file
from jupyter_client.kernelspec import KernelSpecManager

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")


@pytest.fixture(scope="module")
def command(request):
    """The launcher, and the command of the kernel behind it."""
    argv = shlex.split(request.config.getoption("--kernel-argv") or "")
    launcher = os.path.join(os.path.dirname(os.path.abspath(argv[0])), "beamline-kernel") if argv else ""
    if not os.path.exists(launcher) or os.path.basename(argv[0]) == "beamline-kernel":
        pytest.skip("beamline-kernel does not lie beside this kernel")
    return [launcher, os.path.abspath(argv[0]), *argv[1:]]


def manager_of(argv, tmp_path, **options):
    folder = tmp_path / "kernels" / "launched"
    folder.mkdir(parents=True, exist_ok=True)
    spec = {
        "argv": argv, "display_name": "launched", "language": "x", "interrupt_mode": "message",
        "metadata": {"supported_encryption": ["curve"]},
    }
    (folder / "kernel.json").write_text(json.dumps(spec))
    return KernelManager(kernel_name="launched", kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(folder.parent)]), **options)


def test_the_sockets_are_those_that_the_launcher_has_opened(command, tmp_path):
    """A program that shows what it is given stands in for the kernel."""
    path, content = write_connection_file(str(tmp_path / "c.json"))
    shown = subprocess.run(
        [command[0], "/bin/sh", "-c", 'echo "$BEAMLINE_LISTENING"; for e in $(echo $BEAMLINE_LISTENING | tr , " "); do readlink /proc/$$/fd/${e#*:}; done', path],
        capture_output=True, text=True,
    ).stdout.splitlines()
    names = [entry.split(":")[0] for entry in shown[0].split(",")]
    assert sorted(names) == sorted(CHANNELS)
    assert len(set(shown[1:])) == 5 and all(entry.startswith("socket:") for entry in shown[1:])


@pytest.mark.parametrize("options", [{}, {"transport": "ipc"}, {"transport_encryption": "required"}])
def test_a_kernel_behind_the_launcher(command, tmp_path, options):
    manager = manager_of(command, tmp_path, **options)
    manager.start_kernel()
    try:
        client = manager.blocking_client()
        client.start_channels()
        client.wait_for_ready(timeout=30)
        assert client.is_alive()
        assert execute(client, cells_of(client).result(1))[1]["content"]["status"] == "ok"
        process = psutil.Process(manager.provisioner.process.pid)
        if not options:
            ports = {connection.laddr.port for connection in process.net_connections() if connection.status == "LISTEN"}
            assert ports == {getattr(manager, f"{name}_port") for name in CHANNELS}
        for child in process.children(recursive=True):
            assert "BEAMLINE_LISTENING" not in child.environ()
            assert [c for c in child.net_connections() if c.status == "LISTEN"] == []
        client.stop_channels()
    finally:
        manager.shutdown_kernel()


@pytest.mark.parametrize(
    "text", ["", "{", '{"transport": "tcp", "ip": "127.0.0.1"}', '{"transport": "tcp", "ip": "::1", "shell_port": 1}', "x" * 100_000]
)
def test_what_it_does_not_understand_is_left_to_the_kernel(command, tmp_path, text):
    path = tmp_path / "c.json"
    path.write_text(text)
    done = subprocess.run([command[0], "/bin/sh", "-c", 'echo "«$BEAMLINE_LISTENING»"', str(path)], capture_output=True, text=True)
    assert done.stdout == "«»\n"
    # No descriptor is left over.
    done = subprocess.run([command[0], "/bin/sh", "-c", "ls /proc/$$/fd", str(path)], capture_output=True, text=True)
    assert all(int(number) < 16 for number in done.stdout.split())


def test_a_port_that_is_taken_is_the_kernels_to_complain_of(command, tmp_path):
    path, content = write_connection_file(str(tmp_path / "c.json"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", content["stdin_port"]))
        taken.listen()
        argv = [part.format(connection_file=path) for part in command]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=30)
    assert done.returncode != 0
    assert f"cannot listen at tcp://127.0.0.1:{content['stdin_port']}" in done.stderr


def test_without_a_program_it_says_what_it_is(command):
    done = subprocess.run([command[0]], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("beamline-kernel is started by Jupyter")

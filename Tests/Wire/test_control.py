"""Control, while a cell runs, and the end of a kernel."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
from conftest import TIMEOUT, ask, cells_of, execute, kinds


def wait_for_text(client):
    while client.get_iopub_msg(timeout=TIMEOUT)["msg_type"] != "stream":
        pass


def wait_for_end(process, seconds=10):
    gone, alive = psutil.wait_procs(process if isinstance(process, list) else [process], timeout=seconds)
    return not alive


def kernel_process(manager):
    return psutil.Process(manager.provisioner.process.pid)


def test_control_answers_and_interrupts_while_a_cell_runs(start):
    _, client = start()
    cells = cells_of(client)
    cell = client.execute(cells.forever(), allow_stdin=False)
    wait_for_text(client)
    message = client.session.msg("kernel_info_request", {})
    client.control_channel.send(message)
    reply = client.get_control_msg(timeout=TIMEOUT)
    assert reply["msg_type"] == "kernel_info_reply"
    assert reply["parent_header"]["msg_id"] == message["header"]["msg_id"]
    assert not client.shell_channel.socket.poll(0)

    client.control_channel.send(client.session.msg("interrupt_request", {}))
    assert client.get_control_msg(timeout=TIMEOUT)["content"] == {"status": "ok"}
    reply = client.get_shell_msg(timeout=TIMEOUT)
    assert reply["parent_header"]["msg_id"] == cell
    assert reply["content"]["status"] == "error"
    assert execute(client, cells.result(1))[1]["content"]["status"] == "ok"


def test_an_interrupt_without_a_cell_changes_nothing(start):
    _, client = start()
    cells = cells_of(client)
    _, reply, published = ask(client, "interrupt_request", channel="control")
    assert reply["content"] == {"status": "ok"}
    assert kinds(published) == ["busy", "idle"]
    assert execute(client, cells.result(1))[1]["content"]["status"] == "ok"


def test_sigint_interrupts_the_cell_only(start):
    manager, client = start()
    cells = cells_of(client)
    client.execute(cells.forever(), allow_stdin=False)
    wait_for_text(client)
    kernel_process(manager).send_signal(signal.SIGINT)
    assert client.get_shell_msg(timeout=TIMEOUT)["content"]["status"] == "error"
    assert execute(client, cells.result(1))[1]["content"]["status"] == "ok"


@pytest.mark.parametrize("restart", [False, True])
@pytest.mark.parametrize("channel", ["control", "shell"])
def test_shutdown_answers_and_leaves_no_process(start, restart, channel):
    manager, client = start()
    execute(client, cells_of(client).result(1))
    process = kernel_process(manager)
    family = [process, *process.children(recursive=True)]
    _, reply, published = ask(client, "shutdown_request", {"restart": restart}, channel=channel)
    assert reply["content"] == {"status": "ok", "restart": restart}
    assert kinds(published) == ["busy", "idle"]
    assert manager.provisioner.process.wait(timeout=10) == 0
    assert wait_for_end(family[1:]) if family[1:] else True


def test_shutdown_ends_a_running_cell(start):
    manager, client = start()
    client.execute(cells_of(client).forever(), allow_stdin=False)
    wait_for_text(client)
    process = kernel_process(manager)
    family = [process, *process.children(recursive=True)]
    client.control_channel.send(client.session.msg("shutdown_request", {"restart": False}))
    assert client.get_control_msg(timeout=TIMEOUT)["msg_type"] == "shutdown_reply"
    assert manager.provisioner.process.wait(timeout=10) == 0
    assert wait_for_end(family[1:]) if family[1:] else True


def test_sigterm_ends_the_kernel_and_its_processes(start):
    manager, client = start()
    process = kernel_process(manager)
    family = [process, *process.children(recursive=True)]
    process.send_signal(signal.SIGTERM)
    manager.provisioner.process.wait(timeout=10)
    assert wait_for_end(family[1:]) if family[1:] else True


def test_restart_gives_a_fresh_kernel(start):
    manager, client = start()
    cells = cells_of(client)
    execute(client, cells.result(1))
    manager.restart_kernel()
    client.wait_for_ready(timeout=TIMEOUT)
    assert execute(client, cells.result(1))[1]["content"]["execution_count"] == 1


def test_the_kernel_ends_when_its_server_dies(make_manager, tmp_path):
    """A server in a process of its own starts a kernel and is killed."""
    manager = make_manager()
    manager.write_connection_file()
    argv = manager.format_kernel_cmd()
    pid_file = tmp_path / "pid"
    script = (
        "import os, subprocess, sys, time\n"
        "env = {**os.environ, 'JPY_PARENT_PID': str(os.getpid())}\n"
        "kernel = subprocess.Popen(sys.argv[2:], env=env, start_new_session=True)\n"
        "open(sys.argv[1] + '.new', 'w').write(str(kernel.pid))\n"
        "os.rename(sys.argv[1] + '.new', sys.argv[1])\n"
        "time.sleep(60)\n"
    )
    server = subprocess.Popen([sys.executable, "-c", script, str(pid_file), *argv])
    try:
        deadline = time.monotonic() + 10
        while not pid_file.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        kernel = psutil.Process(int(pid_file.read_text()))
        client = manager.blocking_client()
        client.start_channels()
        client.wait_for_ready(timeout=TIMEOUT)
        client.stop_channels()
        family = [kernel, *kernel.children(recursive=True)]
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        assert wait_for_end(family)
    finally:
        server.kill()
        manager.cleanup_connection_file()

"""The program `beamline`: install, uninstall, and run without Jupyter."""

import json
import os
import shlex
import signal
import stat
import subprocess

import nbformat
import pytest
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager


@pytest.fixture(scope="module")
def program(request):
    argv = shlex.split(request.config.getoption("--kernel-argv") or "")
    if not argv or os.path.basename(argv[0]) != "beamline":
        pytest.skip("only for the program beamline")
    return os.path.abspath(argv[0])


def call(*arguments, environment=None, timeout=120):
    clean = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "CONDA_PREFIX", "JUPYTER_DATA_DIR")}
    return subprocess.run(
        [str(argument) for argument in arguments], capture_output=True, text=True, timeout=timeout, env={**clean, **(environment or {})}
    )


# Installing


@pytest.mark.parametrize(
    "options, environment, folder",
    [
        (["--prefix", "{tmp}/p"], {}, "p/share/jupyter/kernels"),
        (["--user"], {"JUPYTER_DATA_DIR": "{tmp}/data"}, "data/kernels"),
        ([], {"HOME": "{tmp}/home", "XDG_DATA_HOME": ""}, "home/.local/share/jupyter/kernels"),
        ([], {"HOME": "{tmp}/home", "XDG_DATA_HOME": "{tmp}/xdg"}, "xdg/jupyter/kernels"),
        (["--sys-prefix"], {"VIRTUAL_ENV": "{tmp}/venv"}, "venv/share/jupyter/kernels"),
        (["--sys-prefix"], {"CONDA_PREFIX": "{tmp}/conda"}, "conda/share/jupyter/kernels"),
    ],
)
def test_install_where_it_was_asked_for_and_uninstall(program, tmp_path, options, environment, folder):
    options = [option.format(tmp=tmp_path) for option in options]
    environment = {name: value.format(tmp=tmp_path) for name, value in environment.items()}
    kernels = tmp_path / folder
    done = call(program, "install", "--name", "swift-1", "--display-name", "My «Swift»", *options, environment=environment)
    assert done.returncode == 0, done.stderr
    real = os.path.realpath(program)
    assert done.stdout == f"The kernel «swift-1» is installed in {kernels / 'swift-1'}; it runs {real}.\n"

    spec = KernelSpecManager(kernel_dirs=[str(kernels)]).get_kernel_spec("swift-1")
    assert spec.argv == [os.path.join(os.path.dirname(real), "beamline-kernel"), real, "kernel", "{connection_file}"]
    assert spec.display_name == "My «Swift»"
    assert spec.language == "swift"
    assert spec.interrupt_mode == "message"
    assert spec.metadata == {"debugger": False, "supported_encryption": ["curve"]}
    assert sorted(os.listdir(spec.resource_dir)) == ["kernel.json", "logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]
    assert call(program, "install", "--name", "swift-1", *options, environment=environment).returncode == 0, "our own is replaced"
    for size in (32, 64):
        header = (kernels / "swift-1" / f"logo-{size}x{size}.png").read_bytes()[:24]
        assert header[:8] == b"\x89PNG\r\n\x1a\n"
        assert int.from_bytes(header[16:20]) == int.from_bytes(header[20:24]) == size

    done = call(program, "uninstall", "--name", "swift-1", *options, environment=environment)
    assert done.stdout == f"The kernel «swift-1» is removed from {kernels / 'swift-1'}.\n"
    assert os.listdir(kernels) == []


def test_install_into_the_environment_of_python3_when_none_is_active(program, tmp_path):
    (tmp_path / "python3").write_text(f"#!/bin/sh\necho {tmp_path}/found\n")
    (tmp_path / "python3").chmod(0o755)
    done = call(program, "install", "--sys-prefix", environment={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert f"is installed in {tmp_path}/found/share/jupyter/kernels/beamline;" in done.stdout


def test_install_twice_replaces(program, tmp_path):
    for name in ("one", "two"):
        assert call(program, "install", "--prefix", tmp_path, "--display-name", name).returncode == 0
    spec = json.loads((tmp_path / "share/jupyter/kernels/beamline/kernel.json").read_text())
    assert spec["display_name"] == "two"


def test_the_installed_kernel_answers(program, tmp_path):
    assert call(program, "install", "--prefix", tmp_path).returncode == 0
    manager = KernelManager(
        kernel_name="beamline", kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(tmp_path / "share/jupyter/kernels")])
    )
    manager.start_kernel()
    try:
        client = manager.blocking_client()
        client.start_channels()
        client.wait_for_ready(timeout=30)
        client.stop_channels()
    finally:
        manager.shutdown_kernel()


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["install", "--prefix", "x", "--user"], "Choose one of --user, --sys-prefix and --prefix."),
        (["install", "--name", "a b"], "«a b» is no name for a kernel"),
        (["install", "--name", ".."], "«..» is no name for a kernel"),
        (["install", "--prefix", "/proc/nowhere"], "the folder /proc/nowhere cannot be made"),
        (["uninstall", "--prefix", "{tmp}"], "No kernel «beamline» is installed in {tmp}/share/jupyter/kernels/beamline."),
        (["kernel", "{tmp}/none.json"], "{tmp}/none.json cannot be read: No such file or directory"),
        (["run", "{tmp}/none.ipynb"], "{tmp}/none.ipynb cannot be read: No such file or directory"),
        (["run", "{tmp}"], "{tmp} cannot be read: Is a directory"),
        (["run", "x.ipynb", "--timeout", "0"], "--timeout is 0.0; it is a positive number of seconds."),
    ],
)
def test_wrong_use_gets_a_sentence(program, tmp_path, arguments, sentence):
    done = call(program, *[argument.format(tmp=tmp_path) for argument in arguments])
    assert done.returncode != 0
    assert sentence.format(tmp=tmp_path) in done.stderr


def test_somebody_elses_kernel_is_replaced_only_when_asked(program, tmp_path):
    folder = tmp_path / "share/jupyter/kernels/beamline"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps({"argv": ["/usr/bin/python3"], "display_name": "x", "language": "x"}))
    done = call(program, "install", "--prefix", tmp_path)
    assert done.returncode == 1
    assert f"{folder} holds a kernel that runs «/usr/bin/python3», which is not Beamline; it is left as it is." in done.stderr
    assert json.loads((folder / "kernel.json").read_text())["language"] == "x"
    assert call(program, "install", "--prefix", tmp_path, "--force").returncode == 0
    assert json.loads((folder / "kernel.json").read_text())["language"] == "swift"


@pytest.mark.parametrize("output, sentence", [("missing/out.ipynb", "cannot be written: No such file"), (".", "cannot be written: it is a folder")])
def test_run_says_before_it_runs_that_it_could_not_write(program, tmp_path, output, sentence):
    path = tmp_path / "a.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell('print("ran")')]), path)
    done = call(program, "run", path, "-o", tmp_path / output)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "ran" not in done.stdout


def test_somebody_elses_kernel_is_not_removed(program, tmp_path):
    folder = tmp_path / "share/jupyter/kernels/beamline"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps({"argv": ["/usr/bin/python3"], "display_name": "x", "language": "x"}))
    done = call(program, "uninstall", "--prefix", tmp_path)
    assert done.returncode == 1
    assert "runs «/usr/bin/python3», which is not Beamline; it is left as it is." in done.stderr
    assert (folder / "kernel.json").exists()


# Running


def write_notebook(path, *sources, **fields):
    cells = [nbformat.v4.new_code_cell(source, id=f"c{number}") for number, source in enumerate(sources)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, **fields), path)
    return path


def test_run_shows_and_writes_the_outputs(program, tmp_path):
    notebook = write_notebook(tmp_path / "a.ipynb", "let a = [1, 2]\na", 'print("é")\na.count')
    before = notebook.read_bytes()
    done = call(program, "run", notebook, "-o", tmp_path / "b.ipynb")
    assert done.returncode == 0, done.stderr
    assert "│ let a = [1, 2]\n│ a\nOut[1]: [1, 2]\n" in done.stdout
    assert "é\nOut[2]: 2\n" in done.stdout
    assert "\x1b" not in done.stdout
    assert notebook.read_bytes() == before

    written = nbformat.read(tmp_path / "b.ipynb", as_version=4)
    nbformat.validate(written)
    assert nbformat.writes(written) + "\n" == (tmp_path / "b.ipynb").read_text()
    assert [output.output_type for output in written.cells[1].outputs] == ["stream", "execute_result"]
    assert written.cells[1].outputs[1].data["text/plain"] == "2"
    assert written.metadata.language_info.name.lower() == "swift"


def test_run_agrees_with_nbclient(program, tmp_path):
    """The same notebook through the wire and through memory: the same outputs."""
    from nbclient import NotebookClient

    sources = ["var x = 1\nfor n in 0..<3 { print(n) }\nx", "x += 1", "[x: \"é\"]", "struct S {}\nthrow CancellationError()"]
    notebook = write_notebook(tmp_path / "a.ipynb", *sources)
    assert call(program, "run", notebook, "-o", tmp_path / "b.ipynb").returncode == 1
    ours = nbformat.read(tmp_path / "b.ipynb", as_version=4)

    assert call(program, "install", "--prefix", tmp_path).returncode == 0
    manager = KernelManager(
        kernel_name="beamline", kernel_spec_manager=KernelSpecManager(kernel_dirs=[str(tmp_path / "share/jupyter/kernels")])
    )
    theirs = nbformat.read(notebook, as_version=4)
    NotebookClient(theirs, km=manager, allow_errors=True, record_timing=False, timeout=60).execute()
    for our, their in zip(ours.cells, theirs.cells, strict=True):
        assert our.outputs == joined(their.outputs)
        assert our.execution_count == their.execution_count


def joined(outputs):
    """The outputs with neighbouring texts of one stream in one piece; on the wire they come in as many as time makes of them."""
    result = []
    for output in outputs:
        last = result[-1] if result else {}
        if output.output_type == last.get("output_type") == "stream" and output.name == last.name:
            last.text += output.text
        else:
            result.append(output)
    return result


def test_run_in_place_keeps_the_permissions(program, tmp_path):
    notebook = write_notebook(tmp_path / "a.ipynb", "1 + 1")
    notebook.chmod(0o640)
    assert call(program, "run", notebook, "-o", notebook).returncode == 0
    assert nbformat.read(notebook, as_version=4).cells[0].outputs[0].data["text/plain"] == "2"
    assert stat.S_IMODE(notebook.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["a.ipynb"]


def test_run_finds_files_beside_the_notebook_and_writes_from_where_it_was_called(program, tmp_path, monkeypatch):
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "data.txt").write_text("beside")
    write_notebook(
        tmp_path / "folder" / "a.ipynb", 'import Foundation\ntry String(contentsOfFile: "data.txt", encoding: .utf8)'
    )
    monkeypatch.chdir(tmp_path)
    done = call(program, "run", "folder/a.ipynb", "-o", "b.ipynb")
    assert done.returncode == 0, done.stderr
    assert 'Out[1]: "beside"' in done.stdout
    assert done.stdout.endswith("   wrote b.ipynb\n")
    assert (tmp_path / "b.ipynb").exists()


def test_run_names_the_cell_that_failed(program, tmp_path):
    notebook = write_notebook(tmp_path / "a.ipynb", "1", "\nlet y = missing", "2")
    done = call(program, "run", notebook, "-o", tmp_path / "b.ipynb")
    assert done.returncode == 1
    assert done.stderr == f"Error: {notebook}: cell 2 («let y = missing») failed: CompileError: cannot find 'missing' in scope\n"
    written = nbformat.read(tmp_path / "b.ipynb", as_version=4)
    assert [cell.execution_count for cell in written.cells] == [1, 2, None]
    assert written.cells[1].outputs[0].ename == "CompileError"


def test_run_with_colour_only_when_asked(program, tmp_path):
    notebook = write_notebook(tmp_path / "a.ipynb", "1")
    assert "\x1b[2m│ 1\x1b[0m" in call(program, "run", notebook, "--color", "always").stdout


def test_run_ends_a_cell_that_takes_too_long(program, tmp_path):
    notebook = write_notebook(tmp_path / "a.ipynb", "while true {}")
    done = call(program, "run", notebook, "--timeout", "2")
    assert done.returncode == 1
    assert "cell 1 («while true {}») failed: Timeout: it ran for longer than 2 s and was interrupted" in done.stderr


def test_control_c_stops_the_cell_and_still_writes(program, tmp_path):
    notebook = write_notebook(tmp_path / "a.ipynb", "1 + 1", 'print("started")\nwhile true {}')
    process = subprocess.Popen(
        [program, "run", str(notebook), "-o", str(tmp_path / "b.ipynb")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        if line == "started\n":
            break
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "cell 2 («print(\"started\")») failed: Interrupted" in errors
    assert nbformat.read(tmp_path / "b.ipynb", as_version=4).cells[0].outputs[0].data["text/plain"] == "2"


@pytest.mark.parametrize(
    "text, sentence",
    [
        ("", "line 1, column 1 (byte 0): expected a value, found the end of the text"),
        ("{}", "«nbformat» is missing; a notebook says its format"),
        ('{"nbformat": 3}', "the notebook has format 3; only format 4 is read"),
        ('{"nbformat": 4, "cells": [{"cell_type": "code"}]}', "cell 1: «source» is missing"),
    ],
)
def test_run_refuses_what_is_no_notebook(program, tmp_path, text, sentence):
    (tmp_path / "a.ipynb").write_text(text)
    done = call(program, "run", tmp_path / "a.ipynb")
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: {tmp_path}/a.ipynb: {sentence}")

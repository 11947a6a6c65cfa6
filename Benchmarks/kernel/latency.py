#!/usr/bin/env python3
"""How long a person waits for a kernel: Beamline beside Kotlin's kernel and ipykernel, in turns, in one run.

    .venv/bin/python Benchmarks/kernel/latency.py [--rounds 5] [--cells 40] [--kernels beamline,kotlin,python3]

Each round starts every kernel once, one after the other. Milliseconds, median / 95th percentile of:

- start: until the first kernel_info_reply; first cell: `let start = 1` and its value;
- new cell: a small one whose text no kernel has seen before, sent when the one before was answered; cells of all rounds in one figure;
- queued cell: ten new ones are sent at once behind a cell that waits for 1.5 s; each from the reply before it to its own;
- 10,000 lines: printed by a loop, until idle;
- ten cells: a notebook through nbclient, kernel start included, with texts that are new, and once more with the same.

Needs jupyter_client, nbclient, ipykernel; for Kotlin `pip install kotlin-jupyter-kernel` and Java 17.
"""

import argparse
import json
import random
import statistics
import time

import nbformat
from jupyter_client import KernelManager
from nbclient import NotebookClient

CELLS = {
    "beamline": {
        "first": "let start = 1\nstart",
        "small": "let value{n} = [1, 2, {salt}].map {{ $0 * {n} }}\nfunc f{n}(_ x: Int) -> Int {{ x + {n} }}\nf{n}(value{n}[2])",
        "lines": "for i in 0..<10_000 {{ print(i) }}",
        "slow": "import Glibc\nusleep(1_500_000)",
    },
    "kotlin": {
        "first": "val start = 1\nstart",
        "small": "val value{n} = listOf(1, 2, {salt}).map {{ it * {n} }}\nfun f{n}(x: Int): Int = x + {n}\nf{n}(value{n}[2])",
        "lines": "for (i in 0 until 10_000) println(i)",
        "slow": "Thread.sleep(1500)",
    },
    "python3": {
        "first": "start = 1\nstart",
        "small": "value{n} = [x * {n} for x in (1, 2, {salt})]\ndef f{n}(x): return x + {n}\nf{n}(value{n}[2])",
        "lines": "for i in range(10_000): print(i)",
        "slow": "import time; time.sleep(1.5)",
    },
}


def small(texts, n):
    """A cell that was never run, by any session."""
    return texts["small"].format(n=n, salt=random.randrange(1, 10**6))


def run(client, code):
    """Seconds from the request to the reply, and to idle."""
    begun = time.perf_counter()
    identifier = client.execute(code)
    replied = None
    while True:
        reply = client.get_shell_msg(timeout=60)
        if reply["parent_header"]["msg_id"] == identifier:
            replied = time.perf_counter() - begun
            assert reply["content"]["status"] == "ok", reply["content"]
            break
    lines = 0
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") != identifier:
            continue
        if message["msg_type"] == "stream":
            lines += message["content"]["text"].count("\n")
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return replied, time.perf_counter() - begun, lines


def measure(name, cells, results):
    texts = CELLS[name if name in CELLS else "beamline"]
    manager = KernelManager(kernel_name=name)
    begun = time.perf_counter()
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    client.kernel_info()
    client.get_shell_msg(timeout=60)
    results["start"].append(time.perf_counter() - begun)
    client.wait_for_ready(timeout=60)
    results["first cell"].append(run(client, texts["first"])[0])
    for n in range(1, cells + 1):
        results["new cell"].append(run(client, small(texts, n))[0])
    results["queued cell"] += queued(client, [small(texts, n) for n in range(cells + 1, cells + 11)], texts["slow"])
    _, idle, lines = run(client, texts["lines"].format())
    assert lines == 10_000, lines
    results["10,000 lines"].append(idle)
    client.stop_channels()
    manager.shutdown_kernel()
    cells = [small(texts, n) for n in range(1, 11)]
    for what in ("ten cells", "ten cells again"):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        begun = time.perf_counter()
        NotebookClient(notebook, kernel_name=name, timeout=60).execute()
        results[what].append(time.perf_counter() - begun)


def queued(client, cells, slow):
    """Seconds between the replies to cells that wait behind a slow one."""
    identifiers = [client.execute(code) for code in [slow] + cells]
    times = []
    while len(times) < len(identifiers):
        reply = client.get_shell_msg(timeout=60)
        if reply["parent_header"]["msg_id"] in identifiers:
            assert reply["content"]["status"] == "ok", reply["content"]
            times.append(time.perf_counter())
    while True:
        message = client.get_iopub_msg(timeout=60)
        if message["parent_header"].get("msg_id") == identifiers[-1] and message["content"].get("execution_state") == "idle":
            return [after - before for before, after in zip(times, times[1:])]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cells", type=int, default=40)
    parser.add_argument("--kernels", default="beamline,kotlin,python3")
    options = parser.parse_args()
    kernels = options.kernels.split(",")
    names = ["start", "first cell", "new cell", "queued cell", "10,000 lines", "ten cells", "ten cells again"]
    results = {kernel: {name: [] for name in names} for kernel in kernels}
    for _ in range(options.rounds):
        for kernel in kernels:
            measure(kernel, options.cells, results[kernel])
    print(f"{'':20}" + "".join(f"{kernel:>24}" for kernel in kernels))
    for name in names:
        row = f"{name:20}"
        for kernel in kernels:
            values = sorted(v * 1000 for v in results[kernel][name])
            p95 = values[min(len(values) - 1, round(0.95 * (len(values) - 1)))]
            row += f"{statistics.median(values):9.1f} / {p95:7.1f} ms  "
        print(row)
    print(f"median / 95th percentile; {options.rounds} rounds, {options.cells} small cells in each")
    print(json.dumps({k: {n: round(statistics.median(v) * 1000, 1) for n, v in r.items()} for k, r in results.items()}))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Whether the five-hundredth cell costs what the fifth costs: time from request to reply, and memory of the kernel and its worker.

    .venv/bin/python Benchmarks/kernel/growth.py [--cells 500] [--kernel beamline]

Cells are new to the cache and lean on earlier ones: types, extensions, functions, variables that are declared again. Prints the median of the
reply times and the resident memory for each tenth of the session. Needs jupyter_client and psutil.
"""

import argparse
import random
import statistics
import time

import psutil
from jupyter_client import KernelManager

FORMS = [
    "let value{n} = [1, 2, {salt}].map {{ $0 * {n} }}\nvalue{n}[2]",
    "struct Item{n} {{ var name = \"{salt}\"; var weight = {n}.5 }}\nlet item{n} = Item{n}()\nitem{n}.weight",
    "extension Int {{ var plus{n}: Int {{ self + {salt} }} }}\n1.plus{n}",
    "func f{n}(_ x: Int) -> Int {{ x &+ value{last}[0] &+ {salt} }}\nf{n}({n})",
    "let latest = \"cell {n}, {salt}\"\nlatest.count",
    "item{item}.name + latest + \"{salt}\"",
]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cells", type=int, default=500)
    parser.add_argument("--kernel", default="beamline")
    options = parser.parse_args()
    manager = KernelManager(kernel_name=options.kernel)
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    process = psutil.Process(manager.provisioner.pid)
    times, rows = [], []
    for n in range(options.cells):
        last, item = n - n % len(FORMS), n - n % len(FORMS) + 1
        code = FORMS[n % len(FORMS)].format(n=n, salt=random.randrange(1, 10**6), last=last, item=item)
        begun = time.perf_counter()
        identifier = client.execute(code)
        while (reply := client.get_shell_msg(timeout=60))["parent_header"].get("msg_id") != identifier:
            pass
        times.append(time.perf_counter() - begun)
        assert reply["content"]["status"] == "ok", (code, reply["content"])
        if (n + 1) % (options.cells // 10) == 0:
            workers = [p for p in process.children(recursive=True) if "worker" in p.name()]
            rows.append((n + 1, statistics.median(times[-(options.cells // 10):]) * 1000,
                         process.memory_info().rss / 1e6, sum(p.memory_info().rss for p in workers) / 1e6))
    print(f"{'cells':>6} {'median ms':>10} {'kernel MB':>10} {'worker MB':>10}")
    for row in rows:
        print("{:6} {:10.1f} {:10.1f} {:10.1f}".format(*row))
    first, last = rows[0], rows[-1]
    count = last[0] - first[0]
    print(f"per cell: {(last[2] - first[2]) / count * 1000:.0f} kB in the kernel, {(last[3] - first[3]) / count * 1000:.0f} kB in the worker")
    client.stop_channels()
    manager.shutdown_kernel()


if __name__ == "__main__":
    main()

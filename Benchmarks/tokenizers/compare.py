"""Measures Beamline's tokenizers beside the Rust tokenizers: one string, one thread, in turns, so that both see the same machine.

    swift build -c release --product tokenizer-benchmark
    python3 compare.py .build/release/tokenizer-benchmark TEXT ROUNDS TOKENIZER.json ...

Prints for each tokenizer the median megabytes per second of both, and the ratio of the medians of the times. `encode` gives ids and offsets
in both, `encode_fast` is Rust's encoding without offsets. Caches are warm: the first round of each is not counted.
"""
import json
import os
import statistics
import subprocess
import sys
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["RAYON_NUM_THREADS"] = "1"
from tokenizers import Tokenizer  # noqa: E402  (reads the environment when it is imported)


def timed(function):
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def measure(path, text_path, rounds):
    text = open(text_path, encoding="utf8").read()
    size = len(text.encode())
    peer = Tokenizer.from_file(path)
    peer.no_truncation()
    peer.no_padding()
    process = subprocess.Popen([sys.argv[1], path, text_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf8")
    loaded = json.loads(process.stdout.readline())

    def ask(what):
        process.stdin.write(json.dumps({"time": what}) + "\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())["seconds"]

    ids = peer.encode(text, add_special_tokens=False).ids
    runs = {
        "encode": (lambda: ask("encode"), lambda: timed(lambda: peer.encode(text, add_special_tokens=False))[0]),
        "encode_fast": (lambda: ask("encode"), lambda: timed(lambda: peer.encode_batch_fast([text], add_special_tokens=False))[0]),
        "decode": (lambda: ask("decode"), lambda: timed(lambda: peer.decode(ids))[0]),
    }
    for name, (here, there) in runs.items():
        times = ([], [])
        for turn in range(rounds + 1):
            for side, run in enumerate((here, there)):
                seconds = run()
                if turn > 0:
                    times[side].append(seconds)
        mine, theirs = map(statistics.median, times)
        print(
            f"{os.path.basename(path):20} {name:12} here {size / mine / 1e6:7.1f} MB/s ({size / max(times[0]) / 1e6:.1f} to {size / min(times[0]) / 1e6:.1f})"
            f"   rust {size / theirs / 1e6:6.2f} MB/s   ratio {theirs / mine:6.1f}",
            flush=True,
        )
    start = time.perf_counter()
    Tokenizer.from_file(path)
    print(f"{os.path.basename(path):20} load         here {loaded['loaded'] * 1e3:.0f} ms, rust {(time.perf_counter() - start) * 1e3:.0f} ms")


for tokenizer in sys.argv[4:]:
    measure(tokenizer, sys.argv[2], int(sys.argv[3]))

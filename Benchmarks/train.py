"""A training step beside torch's, interleaved: A B A B …, so that both see the same minutes of the machine. Prints ratios of medians.

usage: train.py MODELS [MODEL …] [--rounds 5] [--binary .build/release/train-benchmark] [--peer bench_train.py]
MODELS is a folder as the peers' set-up makes it; run it with the Python that has torch. Without names: all four shapes.
A ratio below 1 means that Beamline is faster: seconds of Beamline / seconds of torch, fp32, AdamW, no dropout, two threads.
"""
import argparse, json, os, statistics, subprocess, sys

here = os.path.dirname(os.path.abspath(__file__))
GOALS = {"bert-base": 0.8, "gpt2-small": 0.8, "t5-small": 0.7, "gpt2-train-small": 0.5}
INNER = {"gpt2-train-small": 5}
SHAPES = {"gpt2-train-small": ["--batch", "32", "--seq", "64"]}

parser = argparse.ArgumentParser()
parser.add_argument("models"); parser.add_argument("names", nargs="*"); parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--binary", default=os.path.join(here, "..", ".build", "release", "train-benchmark"))
parser.add_argument("--peer", required=True, help="the peers' bench_train.py")
a = parser.parse_args()


def last_line(command):
    environment = dict(os.environ, BENCH_MODELS=a.models, BENCH_WAIT="0")
    return json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])


for name in a.names or GOALS:
    ours, theirs, memory = [], [], [0, 0]
    inner = INNER.get(name, 1)
    for _ in range(a.rounds):
        run = last_line([a.binary, name, str(2 * inner)])
        ours += run["seconds"]
        memory[0] = max(memory[0], run["peak_mb"])
        run = last_line([sys.executable, a.peer, name, "--dropout", "0", "--reps", "2", "--inner", str(inner), "--threads", "2"] + SHAPES.get(name, []))
        theirs.append(run["sec"]["med"])
        memory[1] = max(memory[1], run["peak_rss_mb"])
    mine, peer = statistics.median(ours), statistics.median(theirs)
    print(f"{name}: {mine:.3f} s, torch {peer:.3f} s, ratio {mine / peer:.2f} (goal {GOALS[name]}); peak {memory[0]} MB, torch {memory[1]} MB",
          flush=True)

"""A training step beside torch's, interleaved: A B A B …, so that both see the same minutes of the machine. Prints ratios of medians.

usage: train.py MODELS [MODEL …] [--rounds 5] [--binary .build/release/train-benchmark] [--peer bench_train.py]
MODELS is a folder as the peers' set-up makes it; run it with the Python that has torch. Without names: all rows of the table.
A ratio below 1 means that Beamline is faster: seconds of Beamline / seconds of torch, AdamW, no dropout, two threads. Torch runs in fp32;
a name that ends in /bfloat16 runs Beamline in bfloat16, beside torch in fp32 and with autocast.
"""
import argparse, json, os, statistics, subprocess, sys

here = os.path.dirname(os.path.abspath(__file__))
GOALS = {"bert-base": 0.8, "bert-base/bfloat16": 0.5, "gpt2-small": 0.8, "t5-small": 0.7, "gpt2-train-small": 0.5}
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


def torch_step(model, inner, *options):
    run = last_line([sys.executable, a.peer, model, "--dropout", "0", "--reps", "2", "--inner", str(inner), "--threads", "2", *options])
    return run["sec"]["med"], run["peak_rss_mb"]


for name in a.names or GOALS:
    model, _, precision = name.partition("/")
    inner, options = INNER.get(model, 1), SHAPES.get(model, [])
    ours, theirs, autocast, memory, their_memory = [], [], [], [], []
    for _ in range(a.rounds):
        run = last_line([a.binary, model, str(2 * inner), precision or "float32"])
        ours += run["seconds"]
        memory.append(run["peak_mb"])
        seconds, megabytes = torch_step(model, inner, *options)
        theirs.append(seconds)
        their_memory.append(megabytes)
        if precision: autocast.append(torch_step(model, inner, "--bf16", *options)[0])
    mine, peer = statistics.median(ours), statistics.median(theirs)
    rounded = f", ratio to autocast {mine / statistics.median(autocast):.2f}" if autocast else ""
    print(f"{name}: {mine:.3f} s, torch {peer:.3f} s, ratio {mine / peer:.2f} (goal {GOALS.get(name, '-')}){rounded}; "
          f"peak {max(memory)} MB, torch {max(their_memory)} MB", flush=True)

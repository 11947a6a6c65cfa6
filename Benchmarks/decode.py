"""Beamline beside its peers, interleaved: A B A B …, so that both see the same minutes of the machine. Prints ratios of medians.

usage: decode.py MODELS [ROW …] [--rounds 7] [--threads 2] [--new 128] [--binary .build/release/decode-benchmark]
MODELS is a folder as the peers' set-up makes it (gpt2-small, gpt2-small-f32.gguf, ct2-gpt2-small-float32, …). Run it with the Python
that has the peers. A row is the name of a line of the table below; all of them without names. A ratio above 1 means that Beamline is faster.
"""
import argparse, os, statistics, subprocess, sys

here = os.path.dirname(os.path.abspath(__file__))
# name: (our model, mode, our precision), (peer, its model, its quantisation), options, goal
ROWS = {
    "greedy-fp32": (("gpt2-small", "greedy", "float32"), ("llamacpp", "gpt2-small-f32.gguf", ""), [], 1.1),
    "greedy-bf16": (("gpt2-small", "greedy", "bfloat16"), ("llamacpp", "gpt2-small-f16.gguf", ""), [], 1.1),
    "greedy-int8": (("gpt2-small", "greedy", "int8"), ("llamacpp", "gpt2-small-q8_0.gguf", ""), [], 1.4),
    "greedy-4bit": (("gpt2-small", "greedy", "fourBit"), ("llamacpp", "gpt2-small-q4_0.gguf", ""), [], 1.1),
    "beam4-fp32": (("gpt2-small", "beam4", "float32"), ("ctranslate2", "ct2-gpt2-small-float32", "float32"), [], 2),
    "beam8-fp32": (("gpt2-small", "beam8", "float32"), ("ctranslate2", "ct2-gpt2-small-float32", "float32"), [], 2),
    "beam4-int8": (("gpt2-small", "beam4", "int8"), ("ctranslate2", "ct2-gpt2-small-int8", "int8"), [], 4),
    "beam8-int8": (("gpt2-small", "beam8", "int8"), ("ctranslate2", "ct2-gpt2-small-int8", "int8"), [], 4),
    "sample16-fp32": (("gpt2-small", "sample16", "float32"), ("llamacpp", "gpt2-small-f32.gguf", ""), [], 2),
    "sample16-int8": (("gpt2-small", "sample16", "int8"), ("llamacpp", "gpt2-small-f32.gguf", ""), [], 3.6),
    "t5-greedy": (("t5-small", "greedy", "float32"), ("ctranslate2", "ct2-t5-small-float32", "float32"), [], 1.3),
    "t5-beam4": (("t5-small", "beam4", "float32"), ("ctranslate2", "ct2-t5-small-float32", "float32"), [], 2),
    "prefill-fp32": (("gpt2-small", "prefill", "float32"), ("llamacpp", "gpt2-small-f32.gguf", ""), ["--prompt", "512"], 1.25),
    "prefill-bf16": (("gpt2-small", "prefill", "bfloat16"), ("llamacpp", "gpt2-small-bf16.gguf", ""), ["--prompt", "512"], 1.1),
    "tiny": (("gpt2-tiny", "greedy", "float32"), ("ctranslate2", "ct2-gpt2-tiny-float32", "float32"), [], 2),
    "smollm2": (("SmolLM2.gguf", "greedy", "asStored"), ("llamacpp", "SmolLM2.gguf", ""), [], 1),
}

parser = argparse.ArgumentParser()
parser.add_argument("models"); parser.add_argument("rows", nargs="*"); parser.add_argument("--rounds", type=int, default=7)
parser.add_argument("--threads", default="2"); parser.add_argument("--new", default="128")
parser.add_argument("--binary", default=os.path.join(here, "..", ".build", "release", "decode-benchmark"))
a = parser.parse_args()


class Server:
    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.times = []
        self.title = self.process.stdout.readline().strip()
        assert self.title, f"{command} did not start"

    def measure(self):
        self.process.stdin.write("\n"); self.process.stdin.flush()
        self.times.append(float(self.process.stdout.readline()))

    def close(self):
        self.process.stdin.close()
        return self.process.stdout.readline().strip()


print(f"{'':14} {'ours s':>9} {'peer s':>9} {'ratio':>6} {'goal':>5}   memory, ours and peer's")
for name in a.rows or ROWS:
    (model, mode, precision), (peer, peer_model, quantisation), options, goal = ROWS[name]
    model, peer_model = os.path.join(a.models, model), os.path.join(a.models, peer_model)
    if not (os.path.exists(model) and os.path.exists(peer_model)):
        print(f"{name:14} not measured: {model if not os.path.exists(model) else peer_model} is missing")
        continue
    options = options + ["--threads", a.threads, "--new", a.new]
    ours = Server([a.binary, model, mode, precision] + options)
    theirs = Server([sys.executable, os.path.join(here, "peers", "serve_peer.py"), peer, peer_model, mode] + ([quantisation] if quantisation else []) + options)
    for _ in range(a.rounds):
        ours.measure(); theirs.measure()
    mine, other = statistics.median(ours.times), statistics.median(theirs.times)
    print(f"{name:14} {mine:9.4f} {other:9.4f} {other / mine:6.2f} {goal:5}   {ours.close()}, {theirs.close()}", flush=True)

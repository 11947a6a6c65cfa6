"""Compares Beamline's tokenizers with the Rust tokenizers, token for token, on hostile text.

    swift build -c release --product tokenizer-benchmark
    python3 agree.py .build/release/tokenizer-benchmark TEXTS SEED TOKENIZER.json ...

TEXTS is how many random texts each tokenizer gets, besides the fixed ones. Compared are ids, type ids, words, special and attention masks,
offsets (as code points), truncation with overflow, decoding, and streamed decoding against decoding. Needs `pip install tokenizers`.
"""
import json
import random
import subprocess
import sys

from hostile import PIECES, random_text
from tokenizers import Tokenizer

def fixed_texts():
    yield from ["", " ", "\n", "a", "hello world", "Hello World", "mnli hypothesis: My"]
    yield from PIECES
    yield bytes(range(256)).decode("latin1")
    yield "".join(map(chr, range(0x80))) * 2
    for code in list(range(0x3000)) + list(range(0xF900, 0x10000)):
        if not 0xD800 <= code < 0xE000:
            yield "a" + chr(code) + "b"
    yield "a" * 20000
    yield " " * 20000
    yield "ab" * 5000 + "\n"
    yield "\u0301" * 3000
    yield "日" * 5000
    yield "😀" * 3000
    yield "é" * 3000


class Peer:
    def __init__(self, path):
        self.rust = Tokenizer.from_file(path)
        self.rust.no_truncation()
        self.rust.no_padding()
        self.process = subprocess.Popen([sys.argv[1], path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf8")
        self.started = json.loads(self.process.stdout.readline())

    def ask(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def scalar_offsets(offsets, text):
    positions = {0: 0}
    count = 0
    for index, character in enumerate(text):
        count += len(character.encode())
        positions[count] = index + 1
    return [(positions.get(start, -start), positions.get(end, -end)) for start, end in offsets]


def compare(peer, text, pair, differences, count):
    def differ(what, mine, theirs):
        count[what] = count.get(what, 0) + 1
        if count[what] <= 3:
            differences.append(f"  {what}: {text[:80]!r} {pair[:40]!r}\n    here {str(mine)[:300]}\n    rust {str(theirs)[:300]}")

    theirs = peer.rust.encode(text, pair or None)
    mine = peer.ask({"encode": text, **({"pair": pair} if pair else {})})
    for what, other in (("ids", theirs.ids), ("types", theirs.type_ids), ("special", theirs.special_tokens_mask),
                        ("attention", theirs.attention_mask), ("words", theirs.word_ids)):
        if mine[what] != other:
            differ(what, mine[what], other)
    if not pair:
        here = scalar_offsets(mine["offsets"], text)
        unequal = [x for x in zip(here, theirs.offsets, theirs.tokens) if x[0] != x[1]]
        if mine["ids"] == theirs.ids and unequal:
            # Of characters that a normaliser joins or replaces together, the Rust tokenizers give the first or the last.
            isWider = all(x[0][0] <= x[1][0] and x[0][1] >= x[1][1] for x in unequal)
            differ("wider offsets" if isWider else "offsets", unequal[:5], "")
    for skip in (True, False):
        decoded = peer.ask({"decode": theirs.ids, "skip": skip})
        other = peer.rust.decode(theirs.ids, skip_special_tokens=skip)
        if decoded["text"] != other:
            differ("decoded", repr(decoded["text"]), repr(other))
        if decoded["streamed"] != decoded["text"]:
            differ("streamed", repr(decoded["streamed"]), repr(decoded["text"]))
    if len(theirs.ids) > 12:
        for limit, stride in ((9, 0), (12, 1)):
            peer.rust.enable_truncation(limit, stride=stride)
            theirs = peer.rust.encode(text, pair or None)
            peer.rust.no_truncation()
            mine = peer.ask({"encode": text, "limit": limit, "stride": stride, **({"pair": pair} if pair else {})})
            if mine["ids"] != theirs.ids or mine["overflow"] != [part.ids for part in theirs.overflowing]:
                differ("truncation", (mine["ids"], mine["overflow"]), (theirs.ids, [part.ids for part in theirs.overflowing]))


for path in sys.argv[4:]:
    peer = Peer(path)
    if "error" in peer.started:
        print(path, peer.started["error"])
        continue
    differences, count, total = [], {}, 0
    for text in fixed_texts():
        compare(peer, text, "", differences, count)
        total += 1
    source = random.Random(int(sys.argv[3]))
    for _ in range(int(sys.argv[2])):
        compare(peer, random_text(source), random_text(source) if source.random() < 0.2 else "", differences, count)
        total += 1
    print(f"{path}: {total} texts, differences: {count or 'none'}")
    print("\n".join(differences))

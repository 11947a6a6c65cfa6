"""Masks of constrained decoding: Beamline beside xgrammar and llguidance, on one vocabulary, the same texts, interleaved.

    pip install xgrammar llguidance gguf
    python compare.py MODEL.gguf BENCHMARK [ROUNDS]      # BENCHMARK: .build/release/constraint-benchmark

A step is the mask of the whole vocabulary and reading one token. «Cold» is the first time that a compiled grammar sees a text, «warm» the
second. Every round makes everything anew; the figures are over all steps of all rounds.
"""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

SCHEMA = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 40},
        "born": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "role": {"enum": ["engineer", "teacher", "writer"]},
        "score": {"type": "integer", "minimum": 0, "maximum": 100},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 5},
        "friends": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "close": {"type": "boolean"}},
                "required": ["name", "close"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["name", "born", "role", "score", "tags", "friends"],
    "additionalProperties": False,
}
INSTANCES = [
    {"name": "Ada Lovelace", "born": "1815-12-10", "role": "writer", "score": 97, "tags": ["mathematics", "poetry"], "friends": [{"name": "Charles Babbage", "close": True}]},
    {"name": "Zo\u00eb \u03a9mega", "born": "1999-01-31", "role": "engineer", "score": 5, "tags": [], "friends": [{"name": "A \"quoted\" name", "close": False}, {"name": "Someone else entirely", "close": True}]},
]
PATTERN = r"(GET|POST|PUT) /[a-z0-9/_.-]*(\?[a-z]+=[A-Za-z0-9%]+(&[a-z]+=[A-Za-z0-9%]+)*)? HTTP/1\.[01] [1-5][0-9]{2} [0-9]{1,9}"
LINES = ["GET /images/logo.png?size=large&version=12 HTTP/1.1 200 51234", "POST /api/v2/users/search HTTP/1.0 404 0"]
GBNF = r"""
root ::= declaration+
declaration ::= type ws name ws "(" ws parameters? ")" ws block
parameters ::= type " " name ws ("," ws type " " name ws)*
type ::= "int" | "float" | "char" | "void"
block ::= "{" ws statement* "}" ws
statement ::= (type " " name ws ("=" ws expression)? ";" | "return" (" " expression)? ";" | "while" ws "(" ws expression ")" ws block | "if" ws "(" ws expression ")" ws block ("else" ws block)? | block | expression ";") ws
expression ::= assignment
assignment ::= comparison ("=" ws comparison)?
comparison ::= sum (("==" | "!=" | "<=" | ">=" | "<" | ">") ws sum)?
sum ::= product (("+" | "-") ws product)*
product ::= unary (("*" | "/" | "%") ws unary)*
unary ::= ("-" | "!")? primary
primary ::= (number | string | name ("(" ws (expression ("," ws expression)*)? ")" | "[" ws expression "]")? | "(" ws expression ")") ws
name ::= [a-zA-Z_] [a-zA-Z_0-9]*
number ::= [0-9]+ ("." [0-9]+)?
string ::= "\"" ([^"\\\n] | "\\" [nt"\\])* "\""
ws ::= [ \n\t]*
"""
PROGRAMS = [
    'int fib(int n) {\n  if (n <= 1) {\n    return n;\n  }\n  return fib(n - 1) + fib(n - 2);\n}\n',
    'void main() {\n  int i = 0;\n  float total = 0.5;\n  while (i < 10) {\n    total = total + values[i] * 2;\n    print("value %d\\n", i);\n    i = i + 1;\n  }\n}\n',
]
PYTHON = ['def mean(numbers):\n    """The mean of some numbers."""\n    total = 0\n    for number in numbers:\n        total += number\n    return total / len(numbers) if numbers else None\n']


def read_vocabulary(path):
    """The bytes of every token of a byte-level vocabulary in a GGUF file; special tokens have none."""
    import gguf

    fields = gguf.GGUFReader(path).fields
    tokens = [bytes(fields["tokenizer.ggml.tokens"].parts[i]).decode() for i in fields["tokenizer.ggml.tokens"].data]
    kinds = [int(fields["tokenizer.ggml.token_type"].parts[i][0]) for i in fields["tokenizer.ggml.token_type"].data]
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {chr(byte): byte for byte in visible} | {chr(256 + index): byte for index, byte in enumerate(b for b in range(256) if b not in visible)}
    eos = int(fields["tokenizer.ggml.eos_token_id"].parts[-1][0])
    return [bytes(table[c] for c in token) if kind == 1 else b"" for token, kind in zip(tokens, kinds)], eos


def tokenize(text, ids, longest):
    """Greedily by the longest token: not what the model's tokenizer does, and fit for all alike."""
    data, result, place = text.encode(), [], 0
    while place < len(data):
        length = next(n for n in range(min(longest, len(data) - place), 0, -1) if data[place : place + n] in ids)
        result.append(ids[data[place : place + length]])
        place += length
    return result


def peer_xgrammar(vocabulary, eos, cases):
    import xgrammar

    info = xgrammar.TokenizerInfo([token or b"<special>" for token in vocabulary], vocab_type=xgrammar.VocabType.RAW, stop_token_ids=[eos])
    mask = xgrammar.allocate_token_bitmask(1, len(vocabulary))
    for case in cases:
        compiler = xgrammar.GrammarCompiler(info, max_threads=1, cache_enabled=False)
        start = time.perf_counter()
        if case["kind"] == "schema":
            grammar = compiler.compile_json_schema(case["grammar"], any_whitespace=True)
        elif case["kind"] == "pattern":
            grammar = compiler.compile_regex(case["grammar"])
        else:
            grammar = compiler.compile_grammar(case["grammar"])
        compile_time = (time.perf_counter() - start) * 1e6

        def run():
            times = []
            for text in case["texts"]:
                matcher = xgrammar.GrammarMatcher(grammar)
                for token in text:
                    start = time.perf_counter()
                    matcher.fill_next_token_bitmask(mask)
                    accepted = matcher.accept_token(token)
                    times.append((time.perf_counter() - start) * 1e6)
                    assert accepted, (case["name"], token)
            return times

        yield {"name": case["name"], "compile": compile_time, "cold": run(), "warm": run()}


def peer_llguidance(vocabulary, eos, cases):
    import llguidance
    import llguidance.numpy
    from llguidance.gbnf_to_lark import any_to_lark

    class Wrapper:
        eos_token_id = eos
        bos_token_id = None
        tokens = [token or b"\xff<special %d>" % index for index, token in enumerate(vocabulary)]
        special_token_ids = [index for index, token in enumerate(vocabulary) if not token]

        def __call__(self, text):
            return []

    tokenizer = llguidance.LLTokenizer(llguidance.TokenizerWrapper(Wrapper()))
    mask = llguidance.numpy.allocate_token_bitmask(1, len(vocabulary))
    for case in cases:
        start = time.perf_counter()
        if case["kind"] == "schema":
            grammar = llguidance.LLMatcher.grammar_from_json_schema(case["grammar"])
        elif case["kind"] == "pattern":
            grammar = llguidance.LLMatcher.grammar_from_regex(case["grammar"].replace("/", "\\/"))
        else:
            grammar = llguidance.LLMatcher.grammar_from_lark(any_to_lark(case["grammar"]))
        first = llguidance.LLMatcher(tokenizer, grammar)
        compile_time = (time.perf_counter() - start) * 1e6
        assert not first.is_error(), first.get_error()

        def run():
            times = []
            for text in case["texts"]:
                matcher = first.deep_copy()
                for token in text:
                    start = time.perf_counter()
                    llguidance.numpy.fill_next_token_bitmask(matcher, mask, 0)
                    accepted = matcher.consume_token(token)
                    times.append((time.perf_counter() - start) * 1e6)
                    assert accepted, (case["name"], token, matcher.get_error())
            return times

        yield {"name": case["name"], "compile": compile_time, "cold": run(), "warm": run()}


def main():
    model, benchmark = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    vocabulary, eos = read_vocabulary(model)
    ids = {token: index for index, token in reversed(list(enumerate(vocabulary))) if token}
    longest = max(map(len, vocabulary))
    dump = lambda value: json.dumps(value, ensure_ascii=False)
    cases = [
        {"name": "JSON Schema", "kind": "schema", "grammar": dump(SCHEMA), "texts": [dump(value) for value in INSTANCES]},
        {"name": "regular expression", "kind": "pattern", "grammar": PATTERN, "texts": LINES},
        {"name": "C-like GBNF", "kind": "gbnf", "grammar": GBNF, "texts": PROGRAMS},
        {"name": "Python", "kind": "python", "grammar": "", "texts": PYTHON},
    ]
    for case in cases:
        case["texts"] = [tokenize(text, ids, longest) for text in case["texts"]]
    shared = [case for case in cases if case["kind"] != "python"]
    folder = pathlib.Path(tempfile.mkdtemp())
    (folder / "cases.json").write_text(json.dumps(cases))
    (folder / "vocabulary").write_bytes(b"".join(len(token).to_bytes(2, "little") + token for token in vocabulary))

    def beamline():
        output = subprocess.run([benchmark, "masks", folder / "vocabulary", folder / "cases.json"], capture_output=True, text=True, check=True)
        return [json.loads(line) for line in output.stdout.splitlines()]

    runs = {}
    for _ in range(rounds):
        for engine, run in [("beamline", beamline), ("xgrammar", lambda: peer_xgrammar(vocabulary, eos, shared)), ("llguidance", lambda: peer_llguidance(vocabulary, eos, shared))]:
            try:
                for row in run():
                    runs.setdefault((row["name"], engine), []).append(row)
            except ImportError as error:
                print(engine, "is not installed:", error)
    print(f"{len(vocabulary)} tokens, {rounds} rounds, steps in µs: median, 95 %, largest")
    for (name, engine), rows in sorted(runs.items()):
        line = f"{name:20} {engine:11} compile {statistics.median(row['compile'] for row in rows) / 1000:9.2f} ms"
        for kind in ("cold", "warm"):
            if kind in rows[0]:
                times = sorted(time for row in rows for time in row[kind])
                line += f"   {kind} {statistics.median(times):8.1f} {times[int(0.95 * len(times))]:8.1f} {times[-1]:9.1f}"
        print(line)
    for case in shared:
        for peer in ("xgrammar", "llguidance"):
            if (case["name"], peer) in runs:
                pairs = zip(runs[case["name"], "beamline"], runs[case["name"], peer])
                ratios = [tuple(statistics.median(theirs[kind]) / statistics.median(ours[kind]) for kind in ("cold", "warm")) for ours, theirs in pairs]
                print(f"{case['name']}: {peer} / beamline, medians of rounds: cold {statistics.median(r[0] for r in ratios):.1f}, warm {statistics.median(r[1] for r in ratios):.1f}")


if __name__ == "__main__":
    main()

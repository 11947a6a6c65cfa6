"""Writes Fixtures/programs.json: small Python programs and mutations of them, with what CPython's compiler says of each.

    python make_programs.py        # Python 3.11 or 3.12

Mutations work on tokens: one is removed, doubled, replaced by another one of the program, or two neighbours change places.
"""

import io
import json
import pathlib
import random
import tokenize
import warnings

warnings.simplefilter("ignore")

PROGRAMS = [
    'import os, sys as system\nfrom . import a\nfrom ..b.c import (d as e, f,)\nfrom ... import *\n\nprint("hello", end="")\n',
    "def mean(numbers):\n    \"\"\"The mean.\"\"\"\n    total = 0\n    for number in numbers:\n        total += number\n    else:\n        pass\n    return total / len(numbers) if numbers else None\n",
    "class Point(Base, metaclass=Meta):\n    x: int = 0\n    y: 'int'\n\n    @property\n    def norm(self) -> float: return (self.x ** 2 + self.y ** 2) ** -0.5\n\n    @staticmethod\n    async def f(a, /, b, *args: int, c=1, d, **rest: str): await g(); yield\n",
    "squares = [x * x for x in range(10) if x % 2 if x]\npairs = {k: v for k, v in zip(a, b)}\nunique = {x for x in y}\ntotal = sum(x for x in y)\nnested = [[i, j] for i in a for j in b]\n",
    "try:\n    risky()\nexcept (A, B) as error:\n    raise C from error\nexcept D:\n    raise\nelse:\n    x = 1\nfinally:\n    y = 2\n\ntry:\n\tz\nexcept* E:\n\tpass\n",
    "with open(a) as f, open(b) as g:\n    pass\nwith (open(a) as f, open(b) as g,):\n    pass\nwith (a, b) as c: pass\nwith (yield_ := a): pass\n",
    "while True:\n    if x: break\n    elif not y: continue\n    else: z\n",
    "a = b = c, *d = e\n(a, [b, *c]), d.e[f] = g\nx: int\nx.y: int = 3\n(x): str = ''\na @= b; c //= d; e >>= f; g **= h; i |= j\n",
    "f = lambda: 0\ng = lambda x, *a, y=1, **k: (x, a)\nh = lambda a, /, b: a\nsorted(x, key=lambda p: p[1])\n",
    "match command.split():\n    case [action]:\n        pass\n    case ['go', (way.north | way.south) as direction, *rest] if direction: x\n    case Point(x=0, y=-1) | {'a': 1}: y\n    case {b.c: d, **others}: y\n    case (1, 2) | 3.5 | 1 - 2j | None | a.b: z\n    case _:\n        pass\nmatch = 1\nmatch.case = case\nmatch[1]\nmatch(x)\nmatch, case = 1, 2\n",
    "x = 1_000 + 0xFF_ff + 0o17 + 0b1_0 + 1e5 + 1.5E-3 + .5 + 5. + 1j + 00 + 1_0.0_1e1_0j\ny = 1if x else 2\nz = [0x1for x in y]\n",
    "s = 'a' \"b\" '''c\nd''' r'\\x' R\"\\\" \" u'e' '\\x41\\u00e9\\N{EM DASH}\\\n continued'\nt = b'a' rb'\\x' Br\"c\" b'\\x00'\n",
    "x = f'{a}' f\"{b!r:>{width}}\" f'{{literal}} {c:%Y-%m-%d} {d=} {e[\"k\"]}' rf'\\{f}' f''\ny = f'''{\n  a\n} {b,} {(lambda: 1)()} {x:{y}.{z}} \\N{EM DASH}'''\n",
    "async def main():\n    async with a as b, c:\n        async for x in y:\n            z = [await w async for w in v]\n    return await x ** 2\n",
    "x = (\n    1 +  # comment\n    2\n)\ny = 3 + \\\n    4\n\n# comment\n  # indented comment\nif x: pass; y\n",
    "if (n := len(a)) > 10 and not b or c is not d and e not in f: print(n)\nx[1:2, ::3, ...] = y[:]\nx[a:=1]\nx[*a]\n",
    "f(a, *b, c, d=1, *e, **g, h=2)\nf(x for x in y)\nf(a := 1)\nf(*a, **b,)\nclass A: pass\nclass B(): x = 1\n",
    "global_ = 1\ndef f():\n    global x, y\n    def g():\n        nonlocal z\n        return\n    z = 1\n    del a, b[0], (c.d, [e])\n    assert x, 'message'\n    return *a, b\n",
    "x = [*a, *b]\ny = {**a, 'b': 1}\nz = *a, b\nfor i, (j, k) in l: pass\nfor x in *a, b: pass\nfor a.b[c] in d: e\n",
    "def f(): yield\ndef g(): x = yield from h()\ndef k(): return (yield)\n@a.b[c](d)\n@e\ndef l(): ...\n",
    "é = 1\nΔx = é\n变量 = 'text'\nx\f= 1\n",
    "x = not a\ny = -+~b ** -c\nz = a if b else c if d else e\nw = a < b <= c != d == e\nv = a | b ^ c & d << e >> f + g - h * i / j // k % l @ m\n",
    "if a:\n    if b:\n        c\n\n    # comment\n    d\nelif e:\n        f\nelse:\n g\n",
    "print(type(x), type)\ntype = 3\nprint(f'{type!s}')\n",
    "x = {}\ny = ()\nz = []\na = (b,)\nc = (d)\ne = [f,]\ng = {h,}\ni = {j: k,}\n",
    "class A:\n    def f(self):\n        while 1:\n            try: break\n            finally: continue\n        for x in y:\n            def g(): return\n            class B:\n                z = 1\n            return\n",
]


def accepted(text):
    try:
        compile(text, "program", "exec", dont_inherit=True)
        return True
    except (SyntaxError, ValueError):
        return False


def mutations(text, generator, count):
    tokens = [t for t in tokenize.generate_tokens(io.StringIO(text).readline) if t.string.strip()]
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    spans = [(starts[t.start[0] - 1] + t.start[1], starts[t.end[0] - 1] + t.end[1]) for t in tokens]
    for _ in range(count):
        index = generator.randrange(len(spans))
        (start, end), kind = spans[index], generator.randrange(6)
        if kind == 0:
            yield text[:start] + text[end:]
        elif kind == 1:
            yield text[:end] + " " + text[start:end] + text[end:]
        elif kind == 2:
            other = spans[generator.randrange(len(spans))]
            yield text[:start] + text[other[0] : other[1]] + text[end:]
        elif kind == 3 and index + 1 < len(spans):
            following = spans[index + 1]
            yield text[:start] + text[following[0] : following[1]] + text[end : following[0]] + text[start:end] + text[following[1] :]
        elif kind == 4:
            place = generator.randrange(len(text))
            yield text[:place] + generator.choice(" \n\t:()[]{}'\"=,.#\\0aé!@") + text[place + generator.randrange(2) :]
        else:
            line = generator.randrange(len(lines))
            yield "".join(lines[:line] + [generator.choice([" ", "\t", "    ", ""]) + lines[line].lstrip(" ")] + lines[line + 1 :])


def main():
    generator = random.Random(11)
    result = []
    for program in PROGRAMS:
        assert accepted(program), program
        texts = {program} | set(mutations(program, generator, 45))
        result += [{"text": text, "isAccepted": accepted(text)} for text in sorted(texts)]
    path = pathlib.Path(__file__).parent / "Fixtures" / "programs.json"
    path.write_text(json.dumps(result, indent=0) + "\n")
    print(len(result), "programs,", sum(case["isAccepted"] for case in result), "accepted")


if __name__ == "__main__":
    main()

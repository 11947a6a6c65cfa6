"""The Python checker beside CPython's own compiler: on the standard library, and on mutations of its definitions.

    python python_agreement.py BENCHMARK [COUNT]      # BENCHMARK: .build/release/constraint-benchmark

Every file must be complete, and no beginning of it wrong. Of the mutations, whatever CPython compiles must be complete; how much of what
CPython refuses is noticed is only counted.
"""

import ast
import json
import pathlib
import random
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "Tests" / "GrammarsTests"))
from make_programs import accepted, mutations


def main():
    benchmark, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    files = sorted(pathlib.Path(ast.__file__).parent.glob("*.py"))
    print(subprocess.run([benchmark, "python", *files], capture_output=True, text=True).stdout.strip())
    generator = random.Random(5)
    pieces, texts = [], []
    for file in generator.sample(files, 40):
        lines = file.read_text().splitlines(keepends=True)
        for node in ast.parse("".join(lines)).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.end_lineno - node.lineno < 60:
                pieces.append("".join(lines[node.lineno - 1 : node.end_lineno]))
    while len(texts) < count:
        texts += mutations(generator.choice(pieces), generator, 5)
    verdicts = subprocess.run(
        [benchmark, "judge"], input="".join(json.dumps([text]) + "\n" for text in texts), capture_output=True, text=True, check=True
    ).stdout.split()
    table, disagreements = {}, []
    for text, verdict in zip(texts, verdicts, strict=True):
        key = ("compiled" if accepted(text) else "refused", verdict)
        table[key] = table.get(key, 0) + 1
        if key[0] == "compiled" and verdict != "complete":
            disagreements.append(text)
    print(len(texts), "mutations:", ", ".join(f"CPython {key[0]} and here {key[1]}: {number}" for key, number in sorted(table.items())))
    for text in disagreements[:5]:
        print("DISAGREEMENT\n" + text)
    sys.exit(bool(disagreements))


if __name__ == "__main__":
    main()

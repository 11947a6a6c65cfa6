"""Writes the fixtures: a notebook as somebody might have saved it, and what nbformat writes for it after a run.

    python make_fixtures.py          # needs nbformat
"""

import json
import pathlib

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

folder = pathlib.Path(__file__).parent / "Fixtures"
folder.mkdir(exist_ok=True)

code = [
    "print a\nprint b\nerror c\nprint d",
    "display é\u2028two\nas one\nresult\r\nof lines\x0cand pages",
    "   \n",
    "display x as bar\nupdate bar half\nupdate bar done",
    "fail Oops it broke",
    "print old\nclear\nprint new",
    "answer",
]
markdown = "# Title\n\nText with «quotes», \"more\" and \\backslashes\\ 😀\n"

cells = [
    new_markdown_cell(markdown, id="intro", metadata={"slideshow": {"slide_type": "slide"}}),
    *[new_code_cell(source, id=f"c{n}") for n, source in enumerate(code)],
    new_raw_cell("raw", id="end"),
]
cells[5].metadata["tags"] = ["raises-exception"]
# Attachments are kept.
cells[0]["attachments"] = {"a.png": {"image/png": "iVBORw=="}}
metadata = {
    "kernelspec": {"display_name": "Echo", "language": "echo", "name": "echo"},
    "language_info": {"name": "echo", "version": "1.0"},
    "mine": {"z": [1, 2.5, None], "a": True},
}
notebook = new_notebook(cells=cells, metadata=metadata)


def stream(name, text):
    return new_output("stream", name=name, text=text)


def result(text, count):
    return new_output("execute_result", data={"text/plain": text}, execution_count=count)


def display(text):
    return new_output("display_data", data={"text/plain": text})


# Before: an earlier run's outputs, sources as strings, compact.
before = nbformat.from_dict(json.loads(json.dumps(notebook)))
before.cells[1].outputs = [stream("stdout", "of another run\n")]
before.cells[1].execution_count = 99
before.metadata["orig_nbformat"] = 4
before.cells[0].metadata["trusted"] = True
(folder / "executed.ipynb").write_text(json.dumps(before, ensure_ascii=True))

# After: what the echo evaluator does with each cell.
outputs = [
    [stream("stdout", "a\nb\n"), stream("stderr", "c\n"), stream("stdout", "d\n")],
    [display("é\u2028two"), result("as one", 2), result("result\r\nof lines\x0cand pages", 2)],
    [],
    [display("done")],
    [new_output("error", ename="Oops", evalue="it broke", traceback=["\x1b[31mOops it broke\x1b[0m"])],
    [stream("stdout", "new\n")],
    [result("answer", 6)],
]
# A cell of white space is not run and does not count.
counts = [1, 2, None, 3, 4, 5, 6]
for cell, count, output in zip(notebook.cells[1:-1], counts, outputs, strict=True):
    cell.outputs = output
    cell.execution_count = count
nbformat.validate(notebook)
nbformat.write(notebook, folder / "written.ipynb")

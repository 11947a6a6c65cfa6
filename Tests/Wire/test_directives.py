"""Directives, the limit on output and packages, through a real client."""

import os
import shutil
import subprocess
import time

import pytest
from conftest import TIMEOUT, ask, execute, published_for, stdout


@pytest.fixture
def swift(client):
    if client.kernel_info(reply=True, timeout=TIMEOUT)["content"]["language_info"]["name"] != "swift":
        pytest.skip("directives are of the Swift kernel")
    return client


def build(client, code):
    """A cell that may build for minutes on a machine that has other things to do."""
    identifier = client.execute(code)
    published = published_for(client, identifier, timeout=400)
    return None, client.get_shell_msg(timeout=TIMEOUT), published


def displayed(published):
    """The last text at each place where something was displayed, in order."""
    texts = {}
    for number, message in enumerate(published):
        if message["msg_type"] in ("display_data", "update_display_data"):
            texts[message["content"]["transient"].get("display_id", number)] = message["content"]["data"]["text/plain"]
    return list(texts.values())


def result(published):
    found = [m["content"]["data"]["text/plain"] for m in published if m["msg_type"] == "execute_result"]
    return found[0] if found else None


def test_help_and_a_misspelt_directive(swift):
    _, reply, published = execute(swift, "%help")
    assert reply["content"]["status"] == "ok"
    assert all(name in displayed(published)[0] for name in ("%time", "%optimise", "%vars", "%package", "%limit", "%restart"))
    _, reply, published = execute(swift, "let ran = 1\nlet a = 1")
    _, reply, published = execute(swift, "// a comment\n%tiem\nprint(1)")
    assert reply["content"]["ename"] == "DirectiveError"
    assert reply["content"]["evalue"] == "there is no directive «%tiem»; did you mean %time? %help lists them all"
    assert any("line 2" in line for line in reply["content"]["traceback"])
    assert stdout(published) == ""


def test_time_of_a_cell(swift):
    _, reply, published = execute(swift, '%time\nvar total = 0\nfor i in 1...1000 { total += i }\ntotal')
    assert result(published) == "500500"
    assert displayed(published)[-1].startswith("ran in ")
    assert "processor time" in displayed(published)[-1] and "compiled" in displayed(published)[-1]
    _, _, published = execute(swift, f"%time\n{time.time_ns()} % 7")
    assert "compiled in" in displayed(published)[-1], "a cell that is new is compiled"
    _, reply, published = execute(swift, "%time\nlet few = [1]\nfew[1]")
    assert reply["content"]["ename"] == "Trap", "the time of a cell that fails is said too"
    assert displayed(published)[-1].startswith("ran in ")


def test_line_numbers_stay_below_directives(swift):
    _, reply, _ = execute(swift, "%time\n%optimise\nlet b = 1\nlet c: Int = \"text\"")
    assert reply["content"]["ename"] == "CompileError"
    assert any("]:4:14" in line.replace("\x1b[2m", "").replace("\x1b[0m", "") for line in reply["content"]["traceback"]), reply["content"]


def test_variables_with_types_and_values(swift):
    execute(swift, "%restart")
    execute(swift, 'var count = 42\nlet names = ["Ada", "Grace"]\nlet many = Array(1...1000)\nvar half: Int { count / 2 }\nlet `class` = 1.5')
    _, reply, published = execute(swift, "%vars\ncount")
    assert reply["content"]["status"] == "ok", reply["content"]
    lines = displayed(published)[0].split("\n")
    assert lines[0].split() == ["variable", "type", "value", "declared", "in"]
    table = {line.split()[0]: line for line in lines[2:]}
    assert "Int" in table["count"] and " 42 " in table["count"] and "In[" in table["count"]
    assert '["Ada", "Grace"]' in table["names"]
    assert "(1,000 elements)" in table["many"]
    assert "computed" in table["half"]
    assert "1.5" in table["class"]
    assert result(published) == "42"


def test_restart_takes_the_variables_and_keeps_the_counter(swift):
    execute(swift, "let old = 1")
    _, reply, published = execute(swift, '%restart\nprint("new")')
    assert "Gone are" in displayed(published)[0] and "old" in displayed(published)[0]
    assert stdout(published) == "new\n"
    count = reply["content"]["execution_count"]
    _, reply, _ = execute(swift, "old")
    assert reply["content"]["ename"] == "CompileError"
    assert reply["content"]["execution_count"] == count + 1


def test_a_directive_behind_swift_is_explained(swift):
    _, reply, _ = execute(swift, "let d = 1\n%time\nprint(d)")
    assert reply["content"]["status"] == "error"
    assert "it stands at the beginning of a cell" in reply["content"]["traceback"][-1]


def test_completion_inspection_and_completeness_know_directives(swift):
    reply = ask(swift, "complete_request", {"code": "%pa", "cursor_pos": 3})[1]["content"]
    assert reply["matches"] == ["%package"] and (reply["cursor_start"], reply["cursor_end"]) == (0, 3)
    reply = ask(swift, "complete_request", {"code": "%time\n[1, 2].sort", "cursor_pos": 17})[1]["content"]
    assert "sorted()" in reply["matches"]
    reply = ask(swift, "inspect_request", {"code": "%time", "cursor_pos": 2, "detail_level": 0})[1]["content"]
    assert reply["found"] and "how long the cell took" in reply["data"]["text/plain"]
    assert ask(swift, "is_complete_request", {"code": "%time\nlet a = 1"})[1]["content"]["status"] == "complete"
    assert ask(swift, "is_complete_request", {"code": "%time\nfunc f() {"})[1]["content"]["status"] == "incomplete"


# The limit on output


def test_endless_output_is_held_back_and_an_interrupt_works_at_once(swift):
    identifier = swift.execute('%limit 20_000\nvar n = 0\nwhile true { n += 1; print("line", n) }')
    received = 0
    began = time.monotonic()
    sent = None
    published = []
    while True:
        message = swift.get_iopub_msg(timeout=TIMEOUT)
        if message["parent_header"].get("msg_id") != identifier:
            continue
        published.append(message)
        if sent is None and message["msg_type"] == "stream" and "held back" in message["content"]["text"]:
            time.sleep(1)
            swift.control_channel.send(swift.session.msg("interrupt_request", {}))
            sent = time.monotonic()
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            break
    assert time.monotonic() - sent < 5
    swift.get_shell_msg(timeout=TIMEOUT)
    text = stdout(published)
    assert len(text) < 25_000
    said = "".join(m["content"]["text"] for m in published if m["msg_type"] == "stream" and m["content"]["name"] == "stderr")
    assert "characters in" in said and "were held back" in said
    printed = int(text.strip().split("\n")[-1].split()[1])
    assert abs(int(result(execute(swift, "n")[2])) - printed) <= 1, "the last lines are the last"
    assert printed > 10_000, "the worker is not slowed"


def test_a_result_of_ten_megabytes_is_cut(swift):
    _, reply, published = execute(swift, 'String(repeating: "x", count: 10_000_000)')
    assert len(result(published)) < 11_000 and "more characters" in result(published)
    _, reply, published = execute(swift, 'MIMEBundle(text: "large", html: String(repeating: "x", count: 30_000_000))')
    assert result(published) == "(a result of 30.0 MB, which was held back)"


def test_updates_of_a_display_do_not_flood(swift):
    began = time.monotonic()
    _, _, published = execute(swift, 'let handle = DisplayHandle(showing: 0)\nfor i in 1...2_000 { handle.update(i) }')
    seconds = time.monotonic() - began
    updates = [m for m in published if m["msg_type"] == "update_display_data"]
    assert updates[-1]["content"]["data"]["text/plain"] == "2000"
    assert len(updates) < 20 + seconds / 0.025, "one in 25 ms"


def test_progress_is_one_place_that_ends_still(swift):
    _, _, published = execute(swift, 'for _ in progress(0..<50_000, "walking") {}')
    assert len(displayed(published)) == 1
    assert displayed(published)[0].startswith("walking  ████████████████████  50,000 in ")


# Packages


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """A package with a C target, a resource, a dependency between its targets, and two products."""
    folder = tmp_path_factory.mktemp("packages") / "Geometry"
    files = {
        "Package.swift": """// swift-tools-version: 5.9
import PackageDescription
let package = Package(
  name: "Geometry",
  products: [.library(name: "Geometry", targets: ["Geometry"]), .library(name: "Names", targets: ["Names"])],
  targets: [
    .target(name: "CArea"), .target(name: "Geometry", dependencies: ["CArea"], resources: [.copy("words.txt")]), .target(name: "Names"),
  ])
""",
        "Sources/CArea/include/CArea.h": "double area_of(double radius);\n",
        "Sources/CArea/area.c": '#include "CArea.h"\ndouble area_of(double radius) { return 3.0 * radius * radius; }\n',
        "Sources/Geometry/words.txt": "from a resource",
        "Sources/Geometry/Circle.swift": """import CArea
import Foundation

public struct Circle {
  public var radius: Double
  public init(radius: Double) { self.radius = radius }
  public var area: Double { area_of(radius) }
  public func part(_ index: Int) -> Double {
    let parts = [radius, area]
    return parts[index]
  }
  public static var words: String {
    (try? String(contentsOf: Bundle.module.url(forResource: "words", withExtension: "txt")!, encoding: .utf8)) ?? "none"
  }
}
""",
        "Sources/Names/Names.swift": 'public let motto = "first"\n',
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_a_local_package_is_built_and_imported_in_the_same_cell(swift, package):
    _, reply, published = build(swift, f'%package "{package}" Geometry\nimport Geometry\nlet circle = Circle(radius: 2)\ncircle.area')
    assert reply["content"]["status"] == "ok", reply["content"]
    assert result(published) == "12.0"
    assert displayed(published)[0].startswith("Geometry is ready (")
    assert result(execute(swift, "Circle.words")[2]) == '"from a resource"'
    assert result(execute(swift, "import CArea\narea_of(1)")[2]) == "3.0"
    _, reply, _ = execute(swift, "circle.part(7)")
    assert reply["content"]["ename"] == "Trap" and "Index out of range" in reply["content"]["evalue"]
    text = "\n".join(reply["content"]["traceback"])
    assert "Geometry/Sources/Geometry/Circle.swift, line 10" in text and "return parts[index]" in text, text
    assert result(execute(swift, "circle.radius")[2]) == "2.0"


def test_a_package_that_was_changed_is_built_again_and_loaded_after_a_restart(swift, package):
    cell = f'%package "{package}" Names\nimport Names\nmotto'
    assert result(build(swift, cell)[2]) == '"first"'
    (package / "Sources/Names/Names.swift").write_text('public let motto = "second"\n')
    _, reply, _ = build(swift, cell)
    assert reply["content"]["ename"] == "PackageError" and "have changed" in reply["content"]["evalue"], reply["content"]
    _, reply, published = build(swift, "%restart\n" + cell)
    assert result(published) == '"second"', reply["content"]


def test_errors_of_a_package_are_shown_with_file_and_line(swift, package):
    path = package / "Sources/Names/Names.swift"
    path.write_text("public let motto = unknown\n")
    _, reply, _ = build(swift, f'%restart\n%package "{package}" Names')
    path.write_text('public let motto = "first"\n')
    content = reply["content"]
    assert content["ename"] == "PackageError"
    assert content["evalue"] == "Geometry could not be built: cannot find 'unknown' in scope"
    assert any("Names.swift:1:20" in line for line in content["traceback"]), content["traceback"]
    _, reply, _ = build(swift, f'%package "{package}" Naems')
    assert reply["content"]["evalue"] == "The package Geometry has no product «Naems»; did you mean Names? Its libraries are Geometry, Names."
    _, reply, _ = execute(swift, "%package ./nowhere")
    assert "There is no folder «./nowhere»" in reply["content"]["evalue"]


def test_a_build_is_interrupted(swift, package):
    shutil.copytree(package, package.parent / "Slow")
    identifier = swift.execute(f'%package "{package.parent / "Slow"}"')
    while True:
        message = swift.get_iopub_msg(timeout=TIMEOUT)
        if message["parent_header"].get("msg_id") == identifier and message["msg_type"] == "display_data":
            break
    swift.control_channel.send(swift.session.msg("interrupt_request", {}))
    published = published_for(swift, identifier)
    assert [m["content"]["ename"] for m in published if m["msg_type"] == "error"] == ["Interrupted"]
    swift.get_shell_msg(timeout=TIMEOUT)


def test_a_package_of_a_repository_with_a_dependency(swift):
    address = "https://github.com/apple/swift-algorithms"
    if subprocess.run(["git", "ls-remote", address], capture_output=True, timeout=20).returncode != 0:
        pytest.skip("the repository cannot be reached")
    cell = f"%restart\n%package {address} 1.2.1 Algorithms\nimport Algorithms\nArray([1, 2, 3, 4, 5].chunks(ofCount: 2).map(Array.init))"
    _, reply, published = build(swift, cell)
    assert reply["content"]["status"] == "ok", reply["content"]
    assert result(published) == "[[1, 2], [3, 4], [5]]"
    assert displayed(published)[1].startswith("swift-algorithms 1.2.1 is ready (")
    matches = ask(swift, "complete_request", {"code": "[1].chunk", "cursor_pos": 9})[1]["content"]["matches"]
    assert any("chunks(ofCount:" in match for match in matches)
    _, reply, _ = build(swift, "%package https://github.com/apple/swift-numerics 1.1.1 RealModule")
    assert "RealModule is loaded already, with swift-algorithms 1.2.1" in reply["content"]["evalue"], reply["content"]

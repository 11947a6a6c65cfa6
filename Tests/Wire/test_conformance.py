"""Jupyter's own conformance tests, jupyter_kernel_test, with every attribute set."""

import unittest

import jupyter_kernel_test
import pytest
from conftest import TIMEOUT, cells_of

SWIFT = dict(
    language_name="swift",
    file_extension=".swift",
    code_hello_world='print("hello, world")',
    code_stderr='import Glibc\nfputs("problem\\n", stderr)',
    completion_samples=[
        {"text": "[1, 2].sort", "matches": ["sort()", "sort(by: )", "sorted()", "sorted(by: )"]},
        {"text": "fun", "matches": ["func"]},
        {"text": "let 😀 = 1; pri"},
    ],
    complete_code_samples=["let a = 1", "print(1)", "func f() {\n}", ""],
    incomplete_code_samples=["func f() {", "print(", "let a = [1,", '"""\ntext', "/* a comment"],
    invalid_code_samples=["let = = 3", ")", "func f() }"],
    code_page_something='page("long text")',
    code_generate_error="let few = [1]\nfew[few.count]",
    code_execute_result=[
        {"code": "1 + 2", "result": "3"},
        {"code": "[1, 2].map { $0 * 2 }", "result": "[2, 4]"},
        {"code": "1 + 2 + 3", "result": "6"},
    ],
    code_display_data=[
        {"code": 'display("x")', "mime": "text/plain"},
        {"code": 'display(MIMEBundle(text: "x", html: "<b>x</b>"))', "mime": "text/html"},
        {"code": 'display(MIMEBundle(text: "x", svg: "<svg/>"))', "mime": "image/svg+xml"},
    ],
    code_history_pattern="1 + 2*3",
    supported_history_operations=("tail", "range", "search"),
    code_inspect_sample="print",
    code_clear_output="clearOutput()",
)

ECHO = dict(
    language_name="echo",
    file_extension=".echo",
    code_hello_world="print hello, world",
    code_stderr="error problem",
    completion_samples=[{"text": "print 😀\nl", "matches": ["late", "lines"]}],
    complete_code_samples=["a"],
    incomplete_code_samples=["a:"],
    invalid_code_samples=["a?"],
    code_page_something="page text",
    code_generate_error="fail Failed on purpose",
    code_execute_result=[{"code": "1", "result": "1"}, {"code": "2", "result": "2"}, {"code": "13", "result": "13"}],
    code_display_data=[{"code": "display x", "mime": "text/plain"}],
    code_history_pattern="1?",
    supported_history_operations=("tail", "range", "search"),
    code_inspect_sample="wait",
    code_clear_output="clear",
)


def names_of_tests(case):
    return sorted(name for name in dir(case) if name.startswith("test_"))


@pytest.fixture(scope="module")
def conformance(make_manager):
    """The tests of one kernel, which they share; named by nothing that is installed, so the class starts it in its own way."""
    manager = make_manager()
    manager.start_kernel()
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=TIMEOUT)
    attributes = {"Swift": SWIFT, "Echo": ECHO}[cells_of(client).__class__.__name__]
    yield type("Conformance", (jupyter_kernel_test.KernelTests,), {**attributes, "km": manager, "kc": client})
    client.stop_channels()
    manager.shutdown_kernel()


def run(test):
    result = unittest.TestResult()
    test.run(result)
    assert not result.skipped, "an attribute is not set"
    assert result.wasSuccessful(), "\n".join(text for _, text in result.failures + result.errors)


@pytest.mark.parametrize("name", names_of_tests(jupyter_kernel_test.KernelTests))
def test_conformance(conformance, name):
    optional = {name for name, value in vars(jupyter_kernel_test.KernelTests).items() if value in ("", [], ()) and name[0] != "_" and name.islower()}
    assert {name for name in optional if not getattr(conformance, name)} == set()
    # Not through a suite, which would start a kernel by name.
    run(conformance(name))


@pytest.mark.parametrize("name", names_of_tests(jupyter_kernel_test.IopubWelcomeTests))
def test_welcome(make_manager, name):
    manager = make_manager()
    manager.start_kernel()
    client = manager.client()
    case = type("Welcome", (jupyter_kernel_test.IopubWelcomeTests,), {"support_iopub_welcome": True, "km": manager, "kc": client})
    try:
        run(case(name))
    finally:
        client.stop_channels()
        manager.shutdown_kernel()

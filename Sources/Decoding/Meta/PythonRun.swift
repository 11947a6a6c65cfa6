import Display
internal import Sandbox

/// Tests of a program in Python.
struct PythonRun: TestRun {
  let sandbox: Sandbox
  let count: Int
  let limits: ProcessLimits
  let known: [TestVerdict]? = nil
  private let python: String

  init(program: String, tests: [String], limits: ProcessLimits) async throws {
    python = try await HostProgram.python()
    count = tests.count
    self.limits = limits
    sandbox = try testFolder([
      "program.py": program, "tests.json": JSON.array(tests.map { .string($0) }).compactText, "beamline_tests.py": PythonRun.harness,
    ])
  }

  func command(from start: Int) -> (program: String, arguments: [String]) { (python, ["-s", "beamline_tests.py", "\(start)"]) }

  /// A failed comparison says what its left side was. Only `compile` and `eval` see the program's code; the rest is out of its namespace.
  private static let harness = #"""
    import ast, json, os, sys

    def say(kind, number, message=""):
        words = " ".join(str(message).split())[:500]
        os.write(3, f"{kind}\t{number}\t{words}\n".encode(errors="replace"))

    def end():
        os._exit(0)

    def short(value):
        words = repr(value)
        return words if len(words) <= 120 else words[:117] + "..."

    def problem(error):
        return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__

    def run(test, tree, names):
        body = tree.body
        comparison = body[0].test if len(body) == 1 and isinstance(body[0], ast.Assert) else None
        if isinstance(comparison, ast.Compare) and len(comparison.ops) == 1:
            def value(node):
                return eval(compile(ast.fix_missing_locations(ast.Expression(node)), "test", "eval"), names)
            left, right = value(comparison.left), value(comparison.comparators[0])
            sides = ast.Compare(ast.Name("left", ast.Load()), comparison.ops, [ast.Name("right", ast.Load())])
            code = compile(ast.fix_missing_locations(ast.Expression(sides)), "test", "eval")
            if eval(code, {"left": left, "right": right}):
                return None
            return f"{ast.unparse(comparison.left)} is {short(left)}"
        try:
            exec(compile(tree, "test", "exec"), names)
        except AssertionError as error:
            return str(error) or "it is not so"
        return None

    tests = json.load(open("tests.json"))
    trees = []
    for test in tests:
        try:
            trees.append(ast.parse(test))
        except SyntaxError:
            say("bad", 0, test)
            end()
    source = open("program.py").read()
    names = {"__name__": "program"}
    say("start", -1)
    try:
        exec(compile(source, "program.py", "exec"), names)
    except SyntaxError as error:
        say("syntax", -1, f"line {error.lineno}: {error.msg}")
        end()
    except MemoryError:
        say("memory", -1)
        end()
    except SystemExit as error:
        say("crashed", -1, f"it ends itself with {error.code!r}")
        end()
    except BaseException as error:
        say("failed", -1, problem(error))
        end()
    say("ready", -1)
    for number in range(int(sys.argv[1]), len(tests)):
        try:
            wrong = run(tests[number], trees[number], names)
            say("passed" if wrong is None else "failed", number, wrong or "")
        except MemoryError:
            say("memory", number)
        except SystemExit as error:
            say("crashed", number, f"it ends itself with {error.code!r}")
        except BaseException as error:
            say("failed", number, problem(error))
    say("end", -1)
    end()
    """#
}

"""No shell, no eval, no pickle, no template from data: what is read is never run."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted([*(ROOT / "monitor").rglob("*.py"), *(ROOT / "migrations").rglob("*.py")])

NEVER_CALLED = frozenset(
    {
        *("eval", "exec", "compile", "__import__", "os.system", "os.popen", "os.startfile"),
        *("subprocess.getoutput", "subprocess.getstatusoutput", "logging.config.fileConfig"),
        *("logging.config.dictConfig", "asyncio.create_subprocess_shell", "code.interact"),
        *("tempfile.mktemp", "ssl._create_unverified_context", "yaml.load", "os.chmod"),
    }
)
NEVER_IMPORTED = frozenset(
    {
        *("pickle", "cPickle", "marshal", "shelve", "dill", "yaml", "jinja2", "mako", "code"),
        *("codeop", "imp", "xml", "telnetlib", "pty"),
    }
)
OWN_XML = {"monitor/service/task_scheduler.py xml.etree"}
"""Windows keeps a task as XML: ours is written, and read back to tell whether it is still ours."""
STARTERS = frozenset({"subprocess.run", "subprocess.Popen", "subprocess.check_output"})
PROGRAM_FINDER = "monitor/device/command.py"
"""The one place that starts a program by its bare name, and it looks where others cannot write."""
SPOKEN = frozenset({"text", "plural", "N_", "_", "translated"})
"""Calls that return words of ours."""
OF_DATA = frozenset(
    {
        *("note", "detail", "value", "values", "name", "host", "wallet", "subject", "body", "key"),
        *("ssid", "source", "device", "path", "stdout", "stderr", "text_of_body"),
    }
)
"""Attributes that hold what a stranger may have chosen."""


def calls(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return {str(f.relative_to(ROOT)): ast.parse(f.read_text(encoding="utf-8")) for f in FILES}


def test_nothing_that_runs_a_text_is_called_or_imported(trees: dict[str, ast.Module]) -> None:
    found = []
    for place, tree in trees.items():
        found += [f"{place}:{c.lineno} {name}" for c, name in calls(tree) if name in NEVER_CALLED]
        for node in ast.walk(tree):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            found += [f"{place} {n}" for n in names if n.partition(".")[0] in NEVER_IMPORTED]
    assert set(found) == OWN_XML


def test_no_process_is_started_through_a_shell_or_from_one_text(
    trees: dict[str, ast.Module],
) -> None:
    found = []
    for place, tree in trees.items():
        for call, name in calls(tree):
            if any(keyword.arg == "shell" for keyword in call.keywords):
                found.append(f"{place}:{call.lineno} shell=")
            if name in STARTERS and isinstance(call.args[0], ast.Constant | ast.JoinedStr):
                found.append(f"{place}:{call.lineno} one text")
    assert found == []


def test_no_process_is_started_by_a_bare_name(trees: dict[str, ast.Module]) -> None:
    """A bare name is looked up in PATH, on Windows in the present directory even before it."""
    found = []
    for place, tree in trees.items():
        for call, name in calls(tree):
            if name not in STARTERS or place == PROGRAM_FINDER:
                continue
            first = call.args[0].elts[0] if isinstance(call.args[0], ast.List) else None
            if isinstance(first, ast.Constant) and not str(first.value).startswith("/"):
                found.append(f"{place}:{call.lineno} {first.value!r}")
    assert found == []


def is_ours(node: ast.expr, names: dict[str, list[ast.expr]], depth: int = 0) -> bool:
    """Whether an expression can only be words that stand in our own code."""
    match node:
        case ast.Constant():
            return True
        case ast.Call(func=ast.Attribute(attr=attr)) if attr in SPOKEN:
            return True
        case ast.Call(func=ast.Name(id=name)) if name in SPOKEN:
            return True
        case ast.IfExp(body=body, orelse=orelse):
            return is_ours(body, names, depth) and is_ours(orelse, names, depth)
        case ast.BinOp(left=left, right=right):
            return is_ours(left, names, depth) and is_ours(right, names, depth)
        case ast.Subscript(value=value):
            return is_ours(value, names, depth)
        case ast.Attribute(attr=attr):
            return attr not in OF_DATA
        case ast.Name(id=name):
            known = names.get(name, [])
            return depth > 3 or all(is_ours(value, names, depth + 1) for value in known)
    return True


def assigned(tree: ast.AST) -> dict[str, list[ast.expr]]:
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append(node.value)
    return found


def test_no_template_is_taken_from_data(trees: dict[str, ast.Module]) -> None:
    """`"{x.__class__}".format(x)` reads what it likes: the words before .format are ours."""
    found = []
    for place, tree in trees.items():
        functions = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        for function in functions:
            names = assigned(function)
            for call, _ in calls(function):
                func = call.func
                if not isinstance(func, ast.Attribute) or func.attr not in ("format", "format_map"):
                    continue
                if not is_ours(func.value, names):
                    found.append(f"{place}:{call.lineno} {ast.unparse(func.value)}")
    assert found == []


def test_a_store_error_is_worded_in_our_own_code(trees: dict[str, ast.Module]) -> None:
    """Its text is a template; what the system says goes into its values."""
    found = []
    for place, tree in trees.items():
        for call, name in calls(tree):
            if name in ("StoreError", "StoreUnavailableError", "_wrong") and call.keywords:
                first = call.args[0]
                is_relayed = isinstance(first, ast.Attribute) and first.attr == "text"
                if not (is_relayed or isinstance(first, ast.Constant | ast.Name)):
                    found.append(f"{place}:{call.lineno}")
    assert found == []


@pytest.mark.parametrize(
    "code",
    [
        "def f(d):\n return d.note.format(1)",
        "def f(d):\n words = d.detail\n return words.format(1)",
        "def f(d, tr):\n words = tr.text('x') if d else d.value\n return words.format(1)",
    ],
)
def test_the_rule_itself_finds_a_template_of_data(code: str) -> None:
    [function] = ast.parse(code).body
    names = assigned(function)
    formats = [c.func for c, name in calls(function) if name.endswith(".format")]
    assert [isinstance(f, ast.Attribute) and is_ours(f.value, names) for f in formats] == [False]

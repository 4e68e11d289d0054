"""What the daemon's process does not load; and whoever needs it gets the real thing."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOADED = "import monitor.daemon.__main__\nimport monitor.daemon.run"
NOT_LOADED = (
    "asyncio.events",
    "alembic",
    "argparse",
    "email.message",
    "multiprocessing.context",
    "rich",
    "sqlalchemy.connectors.asyncio",
    "typer",
)


def said(code: str) -> list[str]:
    """Return the lines that a program says after it has loaded the daemon."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{LOADED}\n{code}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_daemon_holds_nothing_that_it_does_not_use() -> None:
    loaded = set(said("print('\\n'.join(sys.modules))"))
    assert loaded.isdisjoint(NOT_LOADED)


def test_what_was_kept_out_is_there_when_it_is_used() -> None:
    code = """
import asyncio, multiprocessing, pickle, shutil, tempfile, importlib.metadata
from concurrent.futures import ThreadPoolExecutor
async def five(): return 5
print(asyncio.run(five()), asyncio.events.AbstractEventLoop.__name__)
print(multiprocessing.cpu_count() > 0, shutil.which("sh") is not None)
print(pickle.loads(pickle.dumps(5)), pickle.HIGHEST_PROTOCOL)
with tempfile.TemporaryDirectory() as folder: print(bool(folder))
from monitor.daemon import lean
lean.give_way()
import importlib.metadata
print(importlib.metadata.version("sqlalchemy").split(".")[0])
import sysconfig
print(sysconfig.get_config_var("prefix") is not None)
"""
    assert said(code) == ["5 AbstractEventLoop", "True True", "5 5", "True", "2", "True"]


def test_functions_are_loaded_without_their_documentation_and_nothing_else_is_lost() -> None:
    code = """
import sqlalchemy
from monitor.daemon.lean import without_words
print(sqlalchemy.select.__doc__, sqlalchemy.select.__name__)
text = '''
def told():
    "words"
    return "other words"
def shared():
    "also a value"
    return "also a value"
def untold(): return "first"
class Kind:
    "of the class"
    def method(self):
        "words"
        return [x for x in ("a", "b")], (lambda: "c")()
'''
exec(without_words(compile(text, "here", "exec")))
print(told.__doc__, told(), shared(), untold(), Kind.__doc__, Kind.method.__doc__, Kind().method())
"""
    assert said(code) == [
        "None select",
        "None other words also a value first of the class None (['a', 'b'], 'c')",
    ]

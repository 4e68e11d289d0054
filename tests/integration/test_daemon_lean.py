"""What the daemon's process does not load; and whoever needs it gets the real thing."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_LOADED = (
    "asyncio.events",
    "alembic",
    "email.message",
    "multiprocessing.context",
    "rich",
    "typer",
)


def said(code: str) -> list[str]:
    """Return the lines that a program says after it has loaded the daemon."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\nimport monitor.daemon.__main__\n{code}"],
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
import asyncio, multiprocessing, shutil, tempfile, importlib.metadata
from concurrent.futures import ThreadPoolExecutor
async def five(): return 5
print(asyncio.run(five()), asyncio.events.AbstractEventLoop.__name__)
print(multiprocessing.cpu_count() > 0, shutil.which("sh") is not None)
with tempfile.TemporaryDirectory() as folder: print(bool(folder))
from monitor.daemon import lean
lean.give_way()
import importlib.metadata
print(importlib.metadata.version("sqlalchemy").split(".")[0])
"""
    assert said(code) == ["5 AbstractEventLoop", "True True", "True", "2"]

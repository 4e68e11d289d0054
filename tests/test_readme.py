"""The README tells the truth: its commands exist, and its example is what the program prints."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.cli.commands import leaves
from monitor.cli.main import whole

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
TRACE = "docs/example.jsonl"
COMMAND = re.compile(r"\bwalletwatch ((?:[a-z]+ ?)+)(.*)")
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
EVERYWHERE = {"--config", "--data-dir", "--lang", "-v", "-q", "--version"}
TARGET = re.compile(r"^make ([a-z]+)", re.MULTILINE)


def blocks(kind: str) -> list[str]:
    """Return the fenced blocks of one kind."""
    return re.findall(rf"```{kind}\n(.*?)```", README.read_text(), re.DOTALL)


def written_commands() -> list[str]:
    """Return each command line that the README writes as code."""
    text = README.read_text()
    inline = [code for code in re.findall(r"`([^`\n]+)`", text) if code.startswith("walletwatch ")]
    shown = [line[2:] for block in blocks("console") for line in prompts(block)]
    return [line for line in [*inline, *shown] if line.startswith("walletwatch ")]


def prompts(block: str) -> Iterator[str]:
    yield from (line for line in block.splitlines() if line.startswith("$ "))


@pytest.mark.parametrize("line", sorted(set(written_commands())))
def test_a_command_of_the_readme_exists(line: str) -> None:
    command = whole()
    match = COMMAND.match(line)
    assert match, line
    words = match[1].split()
    while words and hasattr(command, "commands"):
        word = words.pop(0)
        assert word in command.commands, f"{line}: there is no {word}"
        command = command.commands[word]
    assert not hasattr(command, "commands"), f"{line}: this is not a whole command"
    known = {option for parameter in command.params for option in parameter.opts}
    assert set(OPTION.findall(match[2])) <= known | EVERYWHERE, line


def test_every_command_is_in_the_readme() -> None:
    table = README.read_text()
    every = [" ".join(("walletwatch", *words)) for words, _ in leaves(whole())]
    assert len(every) > 10
    assert [path for path in every if f"| `{path}" not in table] == []


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = [name for block in blocks("sh") for name in TARGET.findall(block)]
    assert set(named) >= {"run", "test", "lint", "bench"}
    assert [name for name in named if f"\n{name}:" not in makefile] == []


def test_the_example_is_what_the_program_prints(tmp_path: Path) -> None:
    """`console` blocks are run in their order; UPDATE_README=1 writes what is printed instead."""
    fresh = README.read_text()
    for block in blocks("console"):
        lines = [line for prompt in prompts(block) for line in (prompt, *printed(prompt, tmp_path))]
        fresh = fresh.replace(block, "".join(f"{line}\n" for line in lines))
    if os.environ.get("UPDATE_README") == "1":
        README.write_text(fresh)
    assert README.read_text() == fresh


def printed(prompt: str, folder: Path) -> list[str]:
    words = prompt.removeprefix("$ walletwatch ").split()
    environment = {**os.environ, "TZ": "UTC", "PYTHONUTF8": "1"}
    environment |= {"WALLETWATCH_DATA_DIR": str(folder / "data"), "WALLETWATCH_LANG": "en"}
    environment["WALLETWATCH_CONFIG"] = str(ROOT / "config.example.toml")
    done = subprocess.run(
        [sys.executable, "-m", "monitor", *words],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()

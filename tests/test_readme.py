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
READMES = {"en": ROOT / "README.md", "zh": ROOT / "README.zh-CN.md"}
LANGUAGES = sorted(READMES)
TRACE = "docs/example.jsonl"
COMMAND = re.compile(r"\bwalletwatch ((?:[a-z]+ ?)+)(.*)")
OPTION = re.compile(r"(?<![\w-])--?[a-z][a-z-]*")
EVERYWHERE = {"--config", "--data-dir", "--lang", "-v", "-q", "--version"}
TARGET = re.compile(r"^make ([a-z-]+)", re.MULTILINE)


FENCED = re.compile(r"```.*?```", re.DOTALL)
HEADING = re.compile(r"^(#+) ", re.MULTILINE)
LINK = re.compile(r"\]\(([^)]+)\)|src=\"([^\"]+)\"")
CODE = re.compile(r"`([^`\n]+)`")
IN_ONE_ONLY = {"--lang zh", "--lang en"}
"""Each tells of the other language."""


def text_of(language: str) -> str:
    return READMES[language].read_text(encoding="utf-8")


def blocks(kind: str, language: str) -> list[str]:
    """Return the fenced blocks of one kind."""
    return re.findall(rf"```{kind}\n(.*?)```", text_of(language), re.DOTALL)


def written_commands(language: str) -> list[str]:
    """Return each command line that the README writes as code."""
    inline = [code for code in CODE.findall(text_of(language)) if code.startswith("walletwatch ")]
    shown = [line[2:] for block in blocks("console", language) for line in prompts(block)]
    return [line for line in [*inline, *shown] if line.startswith("walletwatch ")]


def prompts(block: str) -> Iterator[str]:
    yield from (line for line in block.splitlines() if line.startswith("$ "))


@pytest.mark.parametrize("line", sorted({c for lang in LANGUAGES for c in written_commands(lang)}))
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


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_is_in_the_readme(language: str) -> None:
    table = text_of(language)
    every = [
        " ".join(("walletwatch", *words)) for words, each in leaves(whole()) if not each.hidden
    ]
    assert len(every) > 10
    assert [path for path in every if f"| `{path}" not in table] == []


def test_every_make_target_of_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    named = [name for block in blocks("sh", "en") for name in TARGET.findall(block)]
    assert set(named) >= {"run", "test", "lint", "bench"}
    assert [name for name in named if f"\n{name}:" not in makefile] == []


def test_every_make_target_is_told_once_among_the_development() -> None:
    listed = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    targets = re.findall(r"^make ([a-z-]+)", listed.stdout, re.MULTILINE)
    assert len(targets) > 10
    block = blocks("sh", "en")[-1]
    told = [line.split()[1] for line in block.splitlines() if line.startswith("make ")]
    assert sorted(told) == sorted(set(targets) - {"run"}), "run stands at the start"


def outline(text: str) -> list[int]:
    """Return the level of each heading, in order."""
    return [len(marks) for marks in HEADING.findall(FENCED.sub("", text))]


def links(text: str) -> list[str]:
    """Return where the text leads, and the pictures that it shows."""
    return sorted(one or other for one, other in LINK.findall(FENCED.sub("", text)))


def code_lines(language: str) -> list[str]:
    """Return the lines of the shell blocks without their comments, which are translated."""
    lines = [line for block in blocks("sh", language) for line in block.splitlines()]
    return [line.partition(" # ")[0].rstrip() for line in lines]


def inline_code(language: str) -> set[str]:
    return set(CODE.findall(FENCED.sub("", text_of(language)))) - IN_ONE_ONLY


def test_both_languages_say_the_same() -> None:
    """Headings, tables, links, commands and everything written as code are in step."""
    english, chinese = text_of("en"), text_of("zh")
    assert outline(chinese) == outline(english)
    assert links(chinese) == links(english)
    assert code_lines("zh") == code_lines("en")
    assert inline_code("zh") == inline_code("en")
    assert [len(rows) for rows in tables(chinese)] == [len(rows) for rows in tables(english)]
    shown = [[list(prompts(b)) for b in blocks("console", each)] for each in ("zh", "en")]
    assert shown[0] == shown[1]


def tables(text: str) -> list[list[str]]:
    """Return the rows of each table."""
    found = re.findall(r"(?:^\|.*\n)+", FENCED.sub("", text), re.MULTILINE)
    return [table.splitlines() for table in found]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_is_what_the_program_prints(language: str, tmp_path: Path) -> None:
    """`console` blocks are run in their order; UPDATE_README=1 writes what is printed instead."""
    fresh = text_of(language)
    for block in blocks("console", language):
        lines = [
            line
            for prompt in prompts(block)
            for line in (prompt, *printed(prompt, tmp_path, language))
        ]
        fresh = fresh.replace(block, "".join(f"{line}\n" for line in lines))
    if os.environ.get("UPDATE_README") == "1":
        READMES[language].write_text(fresh, encoding="utf-8")
    assert text_of(language) == fresh


def printed(prompt: str, folder: Path, language: str) -> list[str]:
    words = prompt.removeprefix("$ walletwatch ").split()
    environment = {**os.environ, "TZ": "UTC", "PYTHONUTF8": "1"}
    environment |= {"WALLETWATCH_DATA_DIR": str(folder / "data"), "WALLETWATCH_LANG": language}
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

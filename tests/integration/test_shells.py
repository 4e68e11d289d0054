"""Completion in real shells, and the man pages by the programs that read them."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.cli.commands import leaves
from monitor.cli.main import whole
from tests.manual import ROOT, SHELL_FILES, made
from tests.needs import need

ASKED = (
    ("walletwatch ev", {"event"}),
    ("walletwatch event ", {"add", "import", "confirm"}),
    ("walletwatch --lang zh event con", {"confirm"}),
    ("walletwatch report --format h", {"html"}),
    ("walletwatch report --form", {"--format"}),
    ("walletwatch event confirm 1 --cause network.g", {"network.gateway"}),
    ("walletwatch explain ", {"1", "2"}),
    ("walletwatch disconnects --wallet i", {"icbc"}),
    ("walletwatch fix done check_n", {"check_network"}),
    ("walletwatch report --week 2026-W4", {"2026-W47"}),
    ("walletwatch completion z", {"zsh"}),
)

BASH = """
source "$1"; line=$2
read -ra COMP_WORDS <<< "$line"; [[ $line == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_LINE=$line; COMP_POINT=${#line}
_walletwatch
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two disconnects, and `walletwatch` in its path."""
    folder = tmp_path_factory.mktemp("shells")
    program = folder / "bin" / "walletwatch"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m monitor "$@"\n')
    program.chmod(0o755)
    trace = str(ROOT / "docs/example.jsonl")
    subprocess.run([program, "replay", trace], env=at(folder), check=True, capture_output=True)
    return folder


def at(folder: Path) -> dict[str, str]:
    path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
    own = {"WALLETWATCH_DATA_DIR": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config")}
    own["TZ"] = "UTC"
    return {
        **os.environ,
        **own,
        "PATH": path,
        "HOME": str(folder),
        "TZ": "UTC",
        "LC_ALL": "C.UTF-8",
    }


def output(folder: Path, *command: str) -> str:
    done = subprocess.run(
        command, env=at(folder), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("line", "expected"), ASKED)
def test_bash_completes(line: str, expected: set[str], place: Path) -> None:
    need("bash")
    script = str(ROOT / "share" / SHELL_FILES["bash"])
    assert set(output(place, "bash", "-c", BASH, "bash", script, line).split()) == expected


@pytest.fixture(scope="module")
def zsh(place: Path) -> Iterator[int]:
    """A real zsh on a terminal of its own, where Ctrl-X lists what may follow."""
    need("zsh")
    script = ROOT / "share" / SHELL_FILES["zsh"]
    lines = f"""PS1='>'; stty columns 150; autoload -Uz compinit; compinit -u -D
source {script}; bindkey '^X' list-choices; echo be''gin
"""
    process, terminal = pty.fork()
    if process == 0:
        os.execvpe("zsh", ["zsh", "-f", "-i"], {**at(place), "TERM": "dumb"})
    try:
        os.write(terminal, lines.encode())
        heard(terminal, "begin\r")
        yield terminal
    finally:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        os.close(terminal)


def heard(terminal: int, until: str) -> str:
    """Return what is written on the terminal, up to these words."""
    said, deadline = "", time.monotonic() + 20
    while until not in said:
        assert time.monotonic() < deadline, said
        if select.select([terminal], [], [], 0.2)[0]:
            said += os.read(terminal, 65536).decode(errors="replace")
    return said


@pytest.mark.parametrize(("line", "expected"), ASKED)
def test_zsh_completes(line: str, expected: set[str], zsh: int) -> None:
    os.write(zsh, f"{line}\x18".encode())
    said = heard(zsh, f"\n>{line}")
    os.write(zsh, b"\x15")  # the line away
    listed = said.rpartition(f"\n>{line}")[0].rpartition(line)[2]
    assert set(listed.split()) == expected


@pytest.mark.parametrize(("line", "expected"), ASKED)
def test_fish_completes(line: str, expected: set[str], place: Path) -> None:
    need("fish")
    script = ROOT / "share" / SHELL_FILES["fish"]
    said = output(place, "fish", "-N", "-c", f"source {script}; complete -C '{line}'")
    assert {answer.split("\t")[0] for answer in said.splitlines()} == expected


def test_what_lies_in_share_is_what_the_commands_make() -> None:
    files = made()
    assert {name: (ROOT / "share" / name).read_text("utf-8") for name in files} == files


def test_the_command_prints_the_script_that_is_shipped(place: Path) -> None:
    for shell, name in SHELL_FILES.items():
        said = output(place, "walletwatch", "--lang", "en", "completion", shell)
        assert said == (ROOT / "share" / name).read_text("utf-8")


@pytest.mark.parametrize("page", ["man/man1", "man/zh_CN/man1"])
def test_a_man_page_is_clean_and_whole(page: str, place: Path) -> None:
    need("man", "mandoc")
    file = str(ROOT / "share" / page / "walletwatch.1")
    done = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", file], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    shown = subprocess.run(
        ["man", "--warnings", "-l", file],
        env={**at(place), "MANWIDTH": "200", "MANPAGER": "cat"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stderr == ""
    for words, command in leaves(whole()):
        if not command.hidden:
            assert " ".join(words) in shown.stdout


def test_tab_never_complains(tmp_path: Path) -> None:
    """Where nothing is stored, and where the configuration is wrong, there is nothing to offer."""
    (tmp_path / "bad.toml").write_text("[")
    for arguments in (["completion", "--values", "ids"], ["completion", "--values", "wallets"]):
        done = subprocess.run(
            [sys.executable, "-m", "monitor", "--config", str(tmp_path / "bad.toml"), *arguments],
            cwd=ROOT,
            env={**os.environ, "WALLETWATCH_DATA_DIR": str(tmp_path / "none")},
            capture_output=True,
            text=True,
            check=True,
        )
        assert (done.stdout, done.stderr) == ("", "")

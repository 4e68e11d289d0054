"""The command line in Chinese: no English sentence is left where people read."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BEGAN_MS = 1_795_000_000_000
PATHS = (("gw", "gateway"), ("223.5.5.5", "anchor"), ("icbc", "wallet"))

COMMANDS = (
    "run",
    "check",
    "status",
    "disconnects",
    "explain",
    "report",
    "demo",
    "snooze",
    "replay",
    "export",
    "event add",
    "event import",
    "event confirm",
    "rediagnose",
    "config init",
    "config check",
    "config show",
    "db info",
    "db backup",
    "db prune",
    "notify test",
)

OF_TYPER = re.compile(r"Usage: |Options:|Arguments:|Commands:|.*Show this message and exit\.")
"""The help's own frame belongs to the library."""

HAN = re.compile("[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[A-Za-z]{2,}[,;:]? [a-z]{2,}[,;:]? [a-z]{2,}")
"""Three words in a row: names, codes and numbers are not a sentence."""


def walletwatch(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "monitor", "--lang", "zh", *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            "WALLETWATCH_DATA_DIR": str(folder / "data"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "PYTHONUTF8": "1",
            "TZ": "UTC",
        },
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def english_lines(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if not OF_TYPER.match(line.strip())]
    return [line for line in lines if ENGLISH.search(line) and not HAN.search(line)]


def said(folder: Path, *arguments: str, code: int = 0) -> str:
    """Run a command that has something to say, and return it once it is seen to be Chinese."""
    run = walletwatch(folder, *arguments)
    text = run.stdout + run.stderr
    assert run.returncode == code, text
    assert HAN.search(text), text
    assert english_lines(text) == []
    return text


def trace(folder: Path) -> str:
    """Write ten minutes of a trace: the router dies, later battery saver and a reset."""
    records: list[dict[str, object]] = [
        session(0, "up"),
        session(212, "down", "timeout"),
        session(262, "up"),
        session(500, "down", "reset"),
        {"kind": "state", "at": BEGAN_MS, "key": "power.battery_saver", "value": False},
        {"kind": "state", "at": BEGAN_MS + 490_000, "key": "power.battery_saver", "value": True},
        {"kind": "gap", "at": BEGAN_MS + 400_000, "until": BEGAN_MS + 430_000, "why": "sleep"},
    ]
    for s in range(0, 600, 5):
        dead = 200 <= s < 260
        records += [
            {
                "kind": "sample",
                "at": BEGAN_MS + s * 1000,
                "target": name,
                "role": role,
                "probe": "icmp",
                "outcome": "timeout" if dead else "reply",
                "rtt_ms": None if dead else 9.5,
            }
            for name, role in PATHS
        ]
    records.sort(key=lambda record: int(str(record["at"])))
    path = folder / "trace.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return str(path)


def session(at_s: int, state: str, how: str | None = None) -> dict[str, object]:
    at_ms = BEGAN_MS + at_s * 1000
    return {"kind": "session", "at": at_ms, "wallet": "icbc", "state": state, "how": how}


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chinese")
    assert "2 次断线" in said(folder, "replay", trace(folder))
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_each_command_is_chinese(command: str, tmp_path: Path) -> None:
    said(tmp_path, *command.split(), "--help")


def test_what_is_stored_is_told_in_chinese(replayed: Path) -> None:
    said(replayed, "status")
    assert "仍未恢复" in said(replayed, "disconnects")
    for number in ("1", "2"):
        page = said(replayed, "explain", number)
        assert "可以怎么做" in page
    assert "省电模式 (power.battery_saver)：是" in page
    said(replayed, "report", "--week", "2026-W47")
    said(replayed, "report", "--week", "this")
    said(replayed, "db", "info")
    said(replayed, "config", "check")


def test_the_word_of_the_user_is_taken_in_chinese(replayed: Path) -> None:
    assert "不是" in said(replayed, "event", "confirm", "1", "--wrong")
    assert "您认为不对" in said(replayed, "disconnects")
    assert "不是：" in said(replayed, "explain", "1")
    told = said(replayed, "event", "confirm", "1", "--cause", "network.gateway")
    assert "您评过 1 个结论，其中 1 个您认为正确。" in told
    assert "实际原因：" in said(replayed, "explain", "1")
    assert "累计" in said(replayed, "explain", "2")
    assert "其中 1 个" in said(replayed, "status")
    assert "已撤回" in said(replayed, "event", "confirm", "1", "--forget")


def test_a_second_look_is_told_in_chinese(replayed: Path) -> None:
    assert "0 个结论有变，2 个不变。" in said(replayed, "rediagnose")


REFUSED = (
    ("explain", "99"),
    ("disconnects", "--since", "yesterday"),
    ("report", "--week", "x"),
    ("report", "--format", "x"),
    ("event", "confirm", "1", "--cause", "x"),
    ("event", "confirm", "1", "--cause", "network.gatway"),
    ("event", "confirm", "1"),
    ("event", "confirm", "1", "--wrong", "--forget"),
    ("event", "confirm", "99", "--wrong"),
    ("rediagnose", "--since", "yesterday"),
    ("rediagnose", "--wallet", "icb"),
    ("event", "add", "--wallet", "icb", "--at", "2026-11-18T08:00:00Z"),
    ("event", "add", "--wallet", "icbc", "--at", "2926-11-18T08:00:00Z"),
    ("event", "import", "no-such-file.csv"),
    ("replay", "no-such-file.jsonl"),
    ("status", "--data-dir", "no-such-directory"),
    ("config", "check", "--config", "no-such-file.toml"),
    ("config", "check", "--config", "tests/config/bad/all_at_once.toml"),
    ("config", "check", "--config", "tests/config/bad/syntax.toml"),
    ("run", "--config", "tests/config/bad/all_at_once.toml"),
    ("run", "--data-dir", "pyproject.toml/below"),
)


@pytest.mark.parametrize("arguments", REFUSED, ids=" ".join)
def test_what_cannot_be_done_is_told_in_chinese(arguments: tuple[str, ...], replayed: Path) -> None:
    text = said(replayed, *arguments, code=2)
    assert "Traceback" not in text


WRONG_LINES = (
    "{",
    "[]",
    "{}",
    '{"kind": "x", "at": 1}',
    '{"kind": "gap", "at": "x"}',
    '{"kind": "gap", "at": 5, "until": 3, "why": "sleep"}',
    '{"kind": "state", "at": "2026-01-01T00:00:00", "key": "a", "value": 1}',
)


@pytest.mark.parametrize("line", WRONG_LINES)
def test_a_bad_trace_is_told_in_chinese(line: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(line + "\n")
    assert "第 1 行" in said(tmp_path, "replay", str(path), code=2)


def test_a_file_of_certificates_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    pem = tmp_path / "ca.pem"
    pem.write_text("-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n")
    config = tmp_path / "config.toml"
    config.write_text(f'[wallets.icbc]\nca_file = "{pem}"\n')
    for command in ("check", "run"):
        text = said(tmp_path, command, "--config", str(config), code=2)
        assert text.startswith("walletwatch: ca_file ")
        assert text.count("\n") == 1


def test_the_last_language_counts_and_a_strange_one_is_one_sentence(tmp_path: Path) -> None:
    run = walletwatch(tmp_path, "config", "check", "--lang", "en")
    assert "the defaults are in force" in run.stdout
    run = walletwatch(tmp_path, "config", "check", "--lang", "fr")
    assert run.returncode == 2
    assert run.stderr.startswith("walletwatch: --lang: ")
    assert run.stderr.count("\n") == 1

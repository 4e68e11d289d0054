"""What a stranger chose (an SSID, a program's, a server's words) is shown everywhere as plain text.

The name holds what commands a terminal, reorders a line, starts a formula, a tag, a template or a
line of its own, and it is ten thousand characters long.
"""

import csv
import io
import json
import re
import subprocess
import sys
import unicodedata
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.config.settings import Settings
from monitor.locale import translator
from monitor.model import (
    CauseCode,
    How,
    Record,
    StateChange,
    Target,
)
from monitor.notify.fit import LINUX, escape_markup, fitted
from monitor.phrases import ReportWords
from monitor.pipeline import replay
from monitor.report.registry import FORMATS
from monitor.report.weeks import week_of
from monitor.store.sqlite import open_store
from monitor.weekly.gather import summary
from tests.integration.web_process import Web
from tests.world import ALL, START_MS, at, down, rounds, up

ROOT = Path(__file__).resolve().parents[2]
EVIL = (
    "=cmd|'/C calc'!A1 \x1b[31m\x1b]0;owned\x07\x9b2J\x7f\u202egnp.exe\u2066\u2028"
    "\r\nFAKE LINE: all is well\n<script>alert(1)</script><b>&\"'` {0} {x.__class__} %s ${HOME} "
    "[a](javascript:alert(1)) |pipe| \x00"
)
LONG = EVIL + "A" * 10_000
FORBIDDEN = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
WEEK = week_of(START_MS, None).name


def story(name: str) -> list[Record]:
    """The device moves to a network of that name, and everything else is called so too."""
    odd = Target(name, ALL[0].role, ALL[0].probe, name, None, 4)
    found: list[Record] = [
        StateChange(START_MS, "link.up", True),
        StateChange(START_MS, "link.kind", "wifi"),
        StateChange(START_MS, "wifi.ssid", "home"),
        StateChange(at(1800), "wifi.ssid", name),
        StateChange(at(1801), "link.interface", name),
        StateChange(START_MS, "app.blocked_by", name),
        StateChange(START_MS, "app.version", name),
        StateChange(START_MS, name, name),
        up(0),
        replace(down(1802, How.TLS), detail=f"certificate of {name}"),
        up(1840),
        replace(down(2500, How.RESET, "other\n" + name), detail=name),
        *rounds(3600, targets=(odd, *ALL)),
    ]
    return sorted(found, key=lambda record: record.at_ms)


@pytest.fixture(scope="module", params=[EVIL, LONG], ids=["evil", "long"])
def data(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evil") / "data"
    with closing(open_store(folder)) as store:
        outcomes = replay(store, story(request.param), frozenset())
        assert outcomes[0].diagnosis.best.cause in list(CauseCode)
        with_note = replace(outcomes[0].disconnect, note=request.param)
        store.update_disconnect(with_note)
    return folder


def dangers(text: str, *, lines: bool = True) -> set[str]:
    """The characters that command, reorder or (where there may be none) break a line."""
    return {
        c
        for c in text
        if c in FORBIDDEN
        or c in "\u2028\u2029"
        or (unicodedata.category(c) == "Cc" and not (lines and c in "\n\t\r"))
    }


COMMANDS = (
    ["disconnects"],
    ["disconnects", "--json"],
    ["explain", "1"],
    ["explain", "1", "--json"],
    ["status"],
    ["status", "--json"],
    ["fix", "list"],
    ["report", "--week", WEEK],
    ["report", "--week", WEEK, "--format", "md"],
    ["report", "--week", WEEK, "--format", "csv"],
    ["report", "--week", WEEK, "--format", "html"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_prints_what_commands_a_terminal(data: Path, command: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "--data-dir", str(data), "--lang", "en", *command],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    said = (done.stdout + done.stderr).decode()
    assert done.returncode == 0, said
    assert dangers(said) == set()
    if "--json" not in command and "html" not in command:
        assert not [line for line in said.splitlines() if line.startswith("FAKE LINE")]
    for line in said.splitlines() if "--json" in command else ():
        json.loads(line)


@pytest.mark.parametrize("form", sorted(FORMATS))
def test_each_report_format_holds_it_as_text(data: Path, form: str) -> None:
    with closing(open_store(data, readonly=True)) as store:
        found = summary(store, week_of(START_MS, None), Settings(), at(4000))
    text = FORMATS[form](found, ReportWords(translator("en")))
    assert len(text) < 500_000
    if form == "html":
        assert (
            "<script>alert" not in text
            and "<b>&" not in text
            and 'javascript:alert(1)"' not in text
        )
    if form == "md":
        assert "<script>" not in text and not re.search(r"(?<!\\)\]\(javascript", text)
    if form == "csv":
        for row in csv.reader(io.StringIO(text, newline="")):
            assert not [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t"))]
            assert dangers("".join(row), lines=False) == set()
    if form == "json":
        json.loads(text)
    else:
        assert dangers(text) == set()


def test_a_notice_holds_it_as_text(data: Path) -> None:
    fit = fitted(LONG, LONG, LINUX)
    assert len(fit.title) < 300 and len(fit.body) < 2000
    assert dangers(fit.title + fit.body) == set()
    markup = escape_markup(fit.body)
    assert "<" not in markup and '&"' not in markup


def test_the_live_page_holds_it_as_text(data: Path) -> None:
    with Web(data) as web:
        for path in ("/", "/day", "/disconnects", "/disconnects/1", f"/weeks/{WEEK}", "/fixes"):
            page = web.ask(path)
            assert page.status == 200
            assert "<script>alert" not in page.text and "<b>&" not in page.text
            assert dangers(page.text) == set(), path


def test_the_log_holds_it_on_one_line() -> None:
    code = (
        "import logging, sys\n"
        "from monitor.daemon.__main__ import _log\n"
        "_log(logging.DEBUG)\n"
        "logging.getLogger('x').warning('the far end said: %s', sys.stdin.read())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, input=EVIL.encode(), capture_output=True, check=True
    )
    [line] = done.stderr.decode().splitlines()
    assert dangers(line) == set()


def test_a_sentence_about_a_bad_file_repeats_nothing_that_commands(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text('[gateway]\nhost = "\\u001b[31m\\u009b2J\\u202e"\n')
    for command in (
        ["--config", str(tmp_path / "c.toml"), "config", "check"],
        ["report", "--week", EVIL.replace("\x00", "")],
    ):
        done = subprocess.run(
            [sys.executable, "-m", "monitor", "--data-dir", str(tmp_path), *command],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 2
        assert dangers((done.stdout + done.stderr).decode()) == set()

"""`report` and `fix` as their users meet them."""

import json
import os
import stat
from pathlib import Path

import pytest

from tests.integration.test_cli import Shell, written_trace


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A shell whose store holds ten minutes of 2026-W47 with one disconnect."""
    made = Shell(tmp_path_factory.mktemp("report"))
    made.done("replay", str(written_trace(made.folder)))
    return made


@pytest.mark.parametrize(
    ("form", "begin"), [("text", "Week 2026-W47"), ("html", "<!DOCTYPE html>"), ("json", "{")]
)
def test_formats_to_standard_output_and_to_a_file(shell: Shell, form: str, begin: str) -> None:
    said = shell.done("report", "--week", "2026-W47", "--format", form)
    assert said.startswith(begin)
    file = shell.folder / f"week.{form}"
    shell.done("report", "--week", "2026-W47", "--format", form, "-o", str(file))
    assert file.read_text(encoding="utf-8").startswith(begin)


def test_open_writes_the_page_and_starts_the_browser(shell: Shell) -> None:
    """The browser here is a program that writes down what it was asked to show."""
    browser = shell.folder / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > "{shell.folder}/asked"\n')
    browser.chmod(0o755)
    shell.done("report", "--week", "2026-W47", "--open", BROWSER=f"{browser} %s")
    page = shell.data_dir / "reports" / "2026-W47.html"
    assert (shell.folder / "asked").read_text() == page.as_uri()
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    if os.name == "posix":
        assert stat.S_IMODE(page.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--week", "2090-W01"), "the week 2090-W01 has not begun yet"),
        (("--week", "2026-W54"), "'2026-W54' is not a week"),
        (("--week", "soon"), "'soon' is not a week"),
        (("--format", "pdf"), "there is no format 'pdf'"),
        (("--open", "--format", "json"), "--open shows a page"),
    ],
)
def test_what_cannot_be_reported(shell: Shell, arguments: tuple[str, ...], sentence: str) -> None:
    assert sentence in shell.refused("report", *arguments)


def test_a_week_without_data_is_a_line(shell: Shell) -> None:
    assert "Nothing was observed in this week." in shell.done("report", "--week", "2020-W01")


def test_a_fix_is_told_listed_and_compared(shell: Shell) -> None:
    said = shell.done("fix", "done", "check_network", "--at", "2026-11-18T08:06:00Z")
    assert said.startswith("Noted: ")
    shell.done("fix", "done", "check_network", "--at", "2026-11-18T08:06:00Z")
    [mark] = json.loads(shell.done("fix", "list", "--json"))
    assert mark == {
        "at": "2026-11-18T08:06:00.000Z",
        "fix": "check_network",
        "told": True,
        "detail": "",
    }
    assert "2026-11-18 08:06:00" in shell.done("fix", "list")
    assert "did you mean update_app?" in shell.refused("fix", "done", "update_ap")
    assert "there are: check_network" in shell.refused("fix", "done", "zzz")
    assert "lies in the future" in shell.refused("fix", "done", "update_app", "--at", "2090-01-01")
    assert "is not a time" in shell.refused("fix", "done", "update_app", "--at", "soon")


def test_fixes_are_listed_before_anything_is_stored(tmp_path: Path) -> None:
    assert "stronger_signal" in Shell(tmp_path).done("fix", "list")

"""The ways out of macOS and Windows, against stand-ins for what cannot run here."""

import os
import threading
from pathlib import Path

import pytest

from monitor.model import Delivery
from monitor.notify import desktop

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-ins are shell scripts")

# Like osascript: options, then the arguments of the script, a line each.
OSASCRIPT = """#!/bin/sh
printf '%s\\0' "$@" > "{record}"
echo "{words}" >&2
exit {code}
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, *, code: int, words: str = "") -> Path:
    record = folder / "arguments"
    program = folder / "osascript"
    program.write_text(OSASCRIPT.format(record=record, words=words, code=code))
    program.chmod(0o755)
    monkeypatch.setattr(desktop, "OSASCRIPT", str(program))
    return record


def test_macos_gets_the_text_as_arguments_not_as_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = install(tmp_path, monkeypatch, code=0)
    shown = desktop.on_macos('-e "quoted" 工行', 'a " & (do shell script "id") & "')
    assert (shown.delivery, shown.backend) == (Delivery.UNKNOWN, "osascript")
    arguments = record.read_text().split("\0")
    assert arguments[:6] == [word for line in desktop.APPLE_SCRIPT for word in ("-e", line)]
    assert arguments[6:8] == [' -e "quoted" 工行', 'a " & (do shell script "id") & "']


def test_macos_refusing_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, monkeypatch, code=1, words="execution error (-1743)")
    shown = desktop.on_macos("title", "body")
    assert shown == desktop.Shown(Delivery.FAILED, "osascript", "execution error (-1743)")


def test_macos_without_osascript_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desktop, "OSASCRIPT", str(tmp_path / "osascript"))
    assert desktop.on_macos("title", "body").delivery is Delivery.FAILED


@pytest.fixture
def same_excepthook(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the hook back that `by_balloon` takes for its own process."""
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)


@pytest.mark.usefixtures("same_excepthook")
def test_a_windows_balloon_that_stands_was_taken() -> None:
    asked: list[dict[str, object]] = []
    close = threading.Event()

    def notify(**balloon: object) -> None:
        asked.append(balloon)
        threading.Thread(target=close.wait, args=(10,)).start()

    shown = desktop.by_balloon(notify, "😀" * 60, "body")
    close.set()
    assert shown == desktop.Shown(Delivery.SENT, "plyer balloon")
    # one more unit, and plyer's thread would die of a ValueError: szInfoTitle is WCHAR[64]
    assert len(str(asked[0]["title"]).encode("utf-16-le")) // 2 == 63


@pytest.mark.usefixtures("same_excepthook")
def test_a_windows_balloon_that_dies_in_its_thread_is_a_failure() -> None:
    def die() -> None:
        raise ValueError("string too long")

    shown = desktop.by_balloon(lambda **_: threading.Thread(target=die).start(), "title", "body")
    assert shown == desktop.Shown(Delivery.FAILED, "plyer balloon", "ValueError: string too long")

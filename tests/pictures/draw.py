"""`make pictures`: the README's pictures, taken from the running program over the demo's data.

Needs Chromium, Xvfb, dunst and ImageMagick. Nobody's data are in them.
"""

import base64
import fcntl
import html
import io
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from monitor.config.settings import NotifySettings
from monitor.model import CauseCode, Diagnosis
from monitor.store.sqlite import open_store
from tests.integration.desktop import Screen
from tests.integration.test_notify_announcer import house_of
from tests.integration.web_browser import Browser
from tests.integration.web_process import Web

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
LANGUAGES = ("en", "zh")
MOST_BYTES = 150_000
PHONE, DESK, LIVE = (360, 900), (1280, 1180), (1000, 900)
COLUMNS = 92
MARGIN_PX = 12
TALLEST_PX = 1010
"""Of a terminal: what is below is the like of what is above."""
COLOURS = 48
"""Text on one ground needs no more."""
TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: {background}; }}
pre {{ display: inline-block; margin: 0; padding: 16px 20px; color: {foreground};
  font: 15px/1.35 "WenQuanYi Zen Hei Mono", "Noto Sans Mono CJK SC", monospace; }}
</style><pre><span style="opacity: .6">$ {command}</span>

{code}</pre>"""

pytestmark = pytest.mark.parametrize("lang", LANGUAGES)


@dataclass(frozen=True)
class Month:
    """The demo's data."""

    folder: Path
    week: str
    saver: int
    router: int
    saver_diagnosis: Diagnosis


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Month:
    folder = tmp_path_factory.mktemp("month") / "demo"
    command = [sys.executable, "-m", "monitor", "demo", "--no-open", "--json", "--keep"]
    made = subprocess.run([*command, str(folder)], cwd=ROOT, capture_output=True, check=True)
    store = open_store(folder, readonly=True)
    try:
        found = [d for d in store.disconnects() if d.wallet == "icbc"]
        verdicts = store.diagnoses([d.id for d in found if d.id is not None])
    finally:
        store.close()
    newest = {verdict.best.cause: number for number, verdict in sorted(verdicts.items())}
    saver = newest[CauseCode.BATTERY_SAVER]
    week = json.loads(made.stdout)["week"]
    return Month(folder, week, saver, newest[CauseCode.GATEWAY], verdicts[saver])


@pytest.fixture
def browser(tmp_path: Path, lang: str) -> Iterator[Browser]:
    with Browser(tmp_path, {"en": "en", "zh": "zh-CN"}[lang]) as running:
        running.call("Emulation.setScrollbarsHidden", hidden=True)
        yield running


def kept(name: str, lang: str) -> Path:
    """Return where a picture goes."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    return PICTURES / f"{name}.{lang}.png"


def is_small(picture: Path) -> bool:
    return 2_000 < picture.stat().st_size < MOST_BYTES


def take(browser: Browser, size: tuple[int, int], to: Path) -> None:
    """Keep the upper left of what the browser shows."""
    clip = {"x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1}
    shot = browser.call("Page.captureScreenshot", format="png", clip=clip)
    to.write_bytes(base64.b64decode(shot["data"]))
    few = ["convert", str(to), "+dither", "-colors", str(COLOURS), "-strip", f"PNG8:{to}"]
    subprocess.run(few, check=True)
    assert is_small(to)


def in_terminal(month: Month, lang: str, *arguments: str) -> str:
    """Return what a command writes to a terminal, colours and all."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 60, COLUMNS, 0, 0))
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "monitor", "--lang", lang, "--data-dir", str(month.folder)]
    process = subprocess.Popen([*command, *arguments], cwd=ROOT, env=env, stdout=theirs)
    os.close(theirs)
    chunks = []
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # Linux says so where the other end is closed
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(ours)
    assert process.wait(30) == 0
    return b"".join(chunks).decode().replace("\r\n", "\n")


@pytest.mark.parametrize(("name", "size"), [("report-phone", PHONE), ("report-desk", DESK)])
def test_the_report(
    month: Month, browser: Browser, tmp_path: Path, lang: str, name: str, size: tuple[int, int]
) -> None:
    page = tmp_path / "report.html"
    command = [sys.executable, "-m", "monitor", "--lang", lang, "--data-dir", str(month.folder)]
    command += ["report", "--week", month.week, "--format", "html", "-o", str(page)]
    subprocess.run(command, cwd=ROOT, check=True)
    browser.look(size[0], height=size[1])
    browser.open(page.as_uri())
    take(browser, size, kept(name, lang))


def test_the_terminal(month: Month, browser: Browser, tmp_path: Path, lang: str) -> None:
    for name, arguments in (
        ("explain", ("explain", str(month.saver))),
        ("report-terminal", ("report", "--week", month.week)),
    ):
        said = in_terminal(month, lang, *arguments)
        console = Console(record=True, width=COLUMNS + 8, file=io.StringIO(), force_terminal=True)
        console.print(Text.from_ansi(said), soft_wrap=True)
        text = TERMINAL.format(
            background=MONOKAI.background_color.hex,
            foreground=MONOKAI.foreground_color.hex,
            command=html.escape(f"walletwatch {' '.join(arguments)}"),
            code=console.export_html(theme=MONOKAI, inline_styles=True, code_format="{code}"),
        )
        page = tmp_path / f"{name}.html"
        page.write_text(text, encoding="utf-8")
        browser.look(1400, height=2000)
        browser.open(page.as_uri())
        size = "(({width, height}) => [Math.ceil(width), Math.ceil(height)])"
        size += "(document.querySelector('pre').getBoundingClientRect())"
        width, height = browser.value(size)
        take(browser, (width, min(height, TALLEST_PX)), kept(name, lang))


def test_the_live_page(month: Month, browser: Browser, lang: str) -> None:
    with Web(month.folder, language=lang) as web:
        browser.look(LIVE[0], height=LIVE[1])
        browser.open(f"{web.base}{web.way_in}")
        browser.wait("document.querySelector('h1') && !location.search.includes('key')")
        browser.open(f"{web.base}/disconnects?lang={lang}")
        take(browser, LIVE, kept("live", lang))


def test_a_notice(month: Month, screen: Screen, tmp_path: Path, lang: str) -> None:
    for house in house_of(tmp_path / "data", NotifySettings(language=lang)):
        house.lose(findings=month.saver_diagnosis.findings)
        house.settled(1)
        whole = tmp_path / "screen.png"
        screen.keep_when_drawn(whole)
        trim = ["convert", str(whole), "-trim", "+repage", "-bordercolor", "#333"]
        trim += ["-border", str(MARGIN_PX), "-strip", str(kept("notice", lang))]
        subprocess.run(trim, check=True)
    assert is_small(kept("notice", lang))

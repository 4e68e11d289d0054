"""The live page in a real browser: read, clicked and watched, in both languages."""

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.model import CauseCode, FixCode, Outcome, Sample
from monitor.store.sqlite import open_store
from tests.integration.running import LOOPBACK, NO_WALLET, Running
from tests.integration.web_browser import PROGRAM, Browser
from tests.integration.web_process import Web
from tests.integration.web_story import GATEWAY, SSID, seed

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")

PAGES = ("/", "/day", "/disconnects", "/disconnects/1", "/weeks", "/fixes", "/settings")


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser") / "data"
    seed(folder, SystemClock().wall_ms())
    return folder


@pytest.fixture(scope="module")
def web(data_dir: Path) -> Iterator[Web]:
    with Web(data_dir) as running:
        yield running


@pytest.fixture(scope="module")
def browser(web: Web, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as running:
        enter(running, web)
        yield running


def enter(browser: Browser, web: Web) -> None:
    """Come in as its user does: with the address that was printed."""
    browser.open(f"{web.base}{web.way_in}")
    browser.wait("document.querySelector('h1') && !location.search.includes('key')")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_each_page_fits_and_the_browser_complains_of_nothing(
    web: Web, browser: Browser, path: str, width: int, lang: str
) -> None:
    browser.events.clear()
    browser.look(width)

    browser.open(f"{web.base}{path}?lang={lang}")

    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value("document.querySelectorAll('h1').length") == 1
    assert browser.value("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[lang]
    assert browser.value("document.fonts.size") == 0
    assert browser.complaints() == []


def test_a_strangers_name_is_shown_and_does_nothing(web: Web, browser: Browser) -> None:
    browser.open(f"{web.base}/?lang=en")

    assert SSID in browser.text()
    assert browser.value("document.querySelector('main b')") is None


def test_a_click_keeps_the_users_word(web: Web, browser: Browser, data_dir: Path) -> None:
    browser.look(360)
    browser.open(f"{web.base}/disconnects/2?lang=en")
    with closing(open_store(data_dir, readonly=True)) as store:
        browser.click("button[value='network.gateway']")
        browser.wait("document.body.innerText.includes('You say that it was:')")
        kept = store.disconnect(2)
        assert kept is not None and kept.confirmed is CauseCode.GATEWAY
        assert browser.value("location.search + location.hash") == "?lang=en#word"

        browser.click("button[value='forget']")
        browser.wait("!document.body.innerText.includes('You say that it was:')")
        kept = store.disconnect(2)
        assert kept is not None and kept.confirmed is None


def test_a_click_marks_a_fix_done(web: Web, browser: Browser, data_dir: Path) -> None:
    browser.look(1280)
    browser.open(f"{web.base}/fixes?lang=en")

    browser.click("button[value='update_app']")
    browser.wait("document.querySelector('#update_app .quiet')")

    with closing(open_store(data_dir, readonly=True)) as store:
        assert [mark.fix for mark in store.fix_marks()] == [FixCode.UPDATE_APP]


def test_the_keyboard_alone_reaches_a_button(web: Web, browser: Browser) -> None:
    browser.open(f"{web.base}/fixes?lang=en")
    for _ in range(30):
        browser.call(
            "Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9
        )
        if browser.value("document.activeElement.tagName") == "BUTTON":
            break
    assert browser.value("document.activeElement.tagName") == "BUTTON"
    assert browser.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_now_changes_by_itself_and_says_when_it_cannot(tmp_path: Path, browser: Browser) -> None:
    data, now_ms = tmp_path / "data", SystemClock().wall_ms()
    seed(data, now_ms, every_ms=300_000)
    with Web(data) as web, closing(open_store(data)) as store:
        enter(browser, web)
        browser.open(f"{web.base}/?lang=en")
        assert "77.7 ms" not in browser.text()
        store.add_records([Sample(now_ms, GATEWAY, Outcome.REPLY, 77.7)])
        browser.wait("document.body.innerText.includes('77.7 ms')", within_s=6)
        store.add_records([Sample(now_ms + 1, GATEWAY, Outcome.TIMEOUT)])
        browser.wait("document.body.innerText.includes('silent')", within_s=6)
        assert web.end(signal.SIGTERM) == (0, "")
        browser.wait("document.body.innerText.includes('No longer live')")


def test_beside_a_daemon_it_shows_what_the_daemon_sees(tmp_path: Path, browser: Browser) -> None:
    data = tmp_path / "data"
    with Running(data, LOOPBACK + NO_WALLET) as daemon, Web(data) as web:
        enter(browser, web)
        browser.open(f"{web.base}/?lang=en")
        browser.wait("document.body.innerText.includes('Watching since')")
        browser.wait(r"/\d+\.\d ms/.test(document.body.innerText)")
        assert f"process {daemon.process.pid}" in browser.text()
        assert daemon.stop()[0] == 0
        browser.wait("document.body.innerText.includes('Not watching: the last run')")


def test_another_site_can_neither_read_nor_frame_nor_write(
    web: Web, browser: Browser, tmp_path: Path
) -> None:
    page = tmp_path / "evil.html"
    page.write_text(
        f"<form id=f method=post action='{web.base}/fixes'><input name=fix value=free_memory>"
        f"</form><iframe name=i src='{web.base}/'></iframe>"
    )
    browser.open(page.as_uri())
    read = f"fetch('{web.base}/').then(() => 'read', () => 'refused')"
    assert browser.value(read) == "refused"
    assert browser.value("window.frames[0].length === 0 && !document.title") is True
    browser.value("document.getElementById('f').submit()")
    browser.wait("document.body.innerText.includes('only a page of walletwatch itself')")


def test_chromium_speaks_chinese_where_its_user_does(web: Web, tmp_path: Path) -> None:
    with Browser(tmp_path, "zh-CN") as browser:
        enter(browser, web)
        browser.open(f"{web.base}/")
        assert browser.value("document.documentElement.lang") == "zh-CN"

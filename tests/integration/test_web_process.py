"""The live page as a process: its start and end, what it says, and whom it refuses."""

import signal
import socket
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from monitor.clock import SystemClock
from monitor.model import CauseCode, FixCode
from monitor.store.sqlite import Store, open_store
from tests.integration.web_process import Web, heard
from tests.integration.web_story import SSID, seed

PAGES = ("/", "/day", "/disconnects", "/disconnects/1", "/weeks/2026-W47", "/fixes", "/settings")


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    folder = tmp_path_factory.mktemp("web")
    seed(folder / "data", SystemClock().wall_ms())
    with Web(folder / "data") as running:
        running.data_dir = folder / "data"  # type: ignore[attr-defined]
        yield running


@pytest.fixture
def store(web: Web) -> Iterator[Store]:
    with closing(open_store(web.data_dir, readonly=True)) as found:  # type: ignore[attr-defined]
        yield found


@pytest.mark.parametrize("path", PAGES)
def test_each_page_is_whole_and_carries_every_guard(web: Web, path: str) -> None:
    answer = web.ask(path)

    assert answer.status == 200
    assert answer.text.endswith("</html>")
    assert "<script>" not in answer.text and "<b>Caf" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert "server" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


def test_what_a_stranger_chose_stands_there_as_text(web: Web) -> None:
    escaped = SSID.replace("<", "&lt;").replace(">", "&gt;")
    assert escaped in web.ask("/").text


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.nip.io:{port}"],
)
def test_another_name_for_this_machine_is_refused(web: Web, host: str) -> None:
    answer = web.ask("/", Host=host.format(port=web.port))

    assert answer.status == 421
    assert "ICBC" not in answer.text and len(answer.text.splitlines()) == 1
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}"])
def test_its_own_names_are_answered(web: Web, host: str) -> None:
    assert web.ask("/", Host=host.format(port=web.port)).status == 200


def test_two_hosts_or_none_are_refused(web: Web) -> None:
    own = f"127.0.0.1:{web.port}"
    for hosts in (f"Host: {own}\r\nHost: evil.example\r\n", ""):
        with socket.create_connection(("127.0.0.1", web.port), timeout=20) as link:
            link.sendall(f"GET / HTTP/1.1\r\n{hosts}Connection: close\r\n\r\n".encode())
            assert link.recv(4096).split()[1] in (b"400", b"421")


STRANGERS = {
    "no cookie": {"Cookie": "-"},
    "a wrong cookie": {"Cookie": "walletwatch=x"},
    "a form's token in the place of the cookie": {"Cookie": "token"},
}


@pytest.mark.parametrize("path", [*PAGES, "/events", "/?key=x", "/?key=", "/nowhere"])
@pytest.mark.parametrize("who", STRANGERS)
def test_another_user_of_this_machine_sees_nothing(web: Web, path: str, who: str) -> None:
    """Loopback is there for every user; what opens the page is the key, told to one alone."""
    cookie = STRANGERS[who]["Cookie"]
    if cookie == "token":
        cookie = f"walletwatch-{web.port}={web.secrets()[0]}"
    answer = web.ask(path, Cookie=cookie)

    assert answer.status == 403
    assert "set-cookie" not in answer.headers
    for told in ("Caf", "token", "event confirm", "Disconnect #", "</table>"):
        assert told not in answer.text


def test_the_key_is_in_no_answer_and_no_command_line(web: Web) -> None:
    key = web.way_in.partition("=")[2]
    answer = web.ask(web.way_in, Cookie="-")
    assert answer.status == 200 and key not in answer.text
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "samesite=strict" in cookie.lower()
    for path in PAGES:
        assert key not in web.ask(path).text
    line = Path(f"/proc/{web.process.pid}/cmdline").read_bytes().decode()
    assert key not in line


def test_a_browser_is_started_without_the_key_on_its_command_line(tmp_path: Path) -> None:
    """Everybody can read with what a program was started."""
    data, said = tmp_path / "data", tmp_path / "said"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s" "$1" > {said}.part && mv {said}.part {said}\n')
    browser.chmod(0o755)
    with Web(data, "--port", "0", "--open", BROWSER=f"{browser} %s") as web:
        deadline = SystemClock().monotonic_ms() + 10_000
        while not said.exists():
            assert SystemClock().monotonic_ms() < deadline
        page = Path(said.read_text().removeprefix("file://"))
        assert stat.S_IMODE(page.stat().st_mode) == 0o600
        assert web.way_in in page.read_text()
        assert web.way_in.partition("=")[2] not in said.read_text()
        web.end()
    assert not page.exists()


ATTACKS = {
    "another site": {"Sec_Fetch_Site": "cross-site", "Origin": "https://evil.example"},
    "another port here": {"Sec_Fetch_Site": "same-site", "Origin": "http://127.0.0.1:1"},
    "an origin that lies": {"Origin": "https://evil.example"},
    "an old browser elsewhere": {"Sec_Fetch_Site": "-", "Origin": "https://evil.example"},
    "an old browser's frame": {"Sec_Fetch_Site": "-", "Origin": "null"},
    "nobody known": {"Sec_Fetch_Site": "-", "Origin": "-"},
    "typed in": {"Sec_Fetch_Site": "none"},
    "no cookie": {"Cookie": "-"},
    "another cookie": {"Cookie": "walletwatch=x"},
    "rebinding": {"Host": "evil.example"},
    "a plain text": {"Content_Type": "text/plain"},
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_write_from_elsewhere_changes_nothing(web: Web, store: Store, attack: str) -> None:
    answer = web.send("/disconnects/1/word", {"cause": "account"}, **ATTACKS[attack])

    assert answer.status in (403, 415, 421)
    kept = store.disconnect(1)
    assert kept is not None and kept.confirmed is None


@pytest.mark.parametrize("token", ["", "x", "é", "A" * 43])
def test_a_wrong_token_changes_nothing(web: Web, store: Store, token: str) -> None:
    answer = web.send("/disconnects/1/word", {"cause": "account", "token": token})

    assert answer.status == 403
    kept = store.disconnect(1)
    assert kept is not None and kept.confirmed is None


def test_a_word_is_kept_and_forgotten_again(web: Web, store: Store) -> None:
    answer = web.send("/disconnects/2/word?lang=zh", {"cause": "network.isp"})
    assert (answer.status, answer.headers["location"]) == (303, "/disconnects/2?lang=zh#word")
    kept = store.disconnect(2)
    assert kept is not None and kept.confirmed is CauseCode.ISP

    web.send("/disconnects/2/word", {"cause": "wrong"})
    kept = store.disconnect(2)
    assert kept is not None and (kept.confirmed, kept.denied) == (None, CauseCode.GATEWAY)

    web.send("/disconnects/2/word", {"cause": "forget"}, Sec_Fetch_Site="-")
    kept = store.disconnect(2)
    assert kept is not None and (kept.confirmed, kept.denied) == (None, None)


def test_a_fix_is_marked_once_however_often_it_is_clicked(web: Web, store: Store) -> None:
    for _ in range(3):
        assert web.send("/fixes", {"fix": "free_memory"}).status == 303

    [mark] = [mark for mark in store.fix_marks() if mark.fix is FixCode.FREE_MEMORY]
    assert mark.is_told
    assert "done 20" in web.ask("/fixes").text


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/disconnects/1/word", {"cause": "nonsense"}, 400),
        ("/disconnects/99/word", {"cause": "account"}, 404),
        ("/disconnects/1/word", {"cause": "x" * 5000}, 413),
        ("/fixes", {}, 400),
        ("/day", {}, 405),
    ],
)
def test_a_write_that_makes_no_sense_is_one_sentence(
    web: Web, path: str, fields: dict[str, str], status: int
) -> None:
    answer = web.send(path, fields)

    assert answer.status == status
    assert "Traceback" not in answer.text and "Sorry" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/../pyproject.toml",
        "/%2e%2e/%2e%2e/pyproject.toml",
        "/page.css/../app.py",
        "/app.py",
        "/docs",
        "/disconnects/1e9",
        "/disconnects/-1",
        "/disconnects/99999999999999999999999",
        "/disconnects/%D9%A1",
        "/weeks/2026-W99",
        "/weeks/0000-W01",
        "/weeks/9000-W01",
        "//evil.example/",
    ],
)
def test_what_is_not_there_is_one_sentence(web: Web, path: str) -> None:
    answer = web.ask(path)

    assert answer.status == 404
    assert "There is no such" in answer.text or "has not begun yet" in answer.text


def test_the_language_is_the_addresss_then_the_browsers_then_the_users(web: Web) -> None:
    assert 'lang="zh-CN"><head>' in web.ask("/?lang=zh", Accept_Language="en").text
    assert 'lang="zh-CN"><head>' in web.ask("/", Accept_Language="fr, zh-TW;q=0.9, en;q=0.8").text
    assert 'lang="en"><head>' in web.ask("/", Accept_Language="fr").text


def test_a_stranger_may_not_listen_and_a_ninth_page_neither(web: Web) -> None:
    assert web.ask("/events", Sec_Fetch_Site="cross-site").status == 403
    links = [web.stream() for _ in range(8)]
    try:
        for link in links:
            heard(link, b"200 OK")
        assert web.ask("/events").status == 503
    finally:
        for link in links:
            link.close()


def test_ctrl_c_and_sigterm_end_it_well_even_while_somebody_listens(tmp_path: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        with Web(tmp_path / "data") as web, closing(web.stream()) as link:
            heard(link, b"Nothing has been watched yet")
            assert web.end(number) == (0, "")


def test_with_no_data_each_page_says_so_and_nothing_is_made(tmp_path: Path) -> None:
    with Web(tmp_path / "data") as web:
        for path in ("/", "/day", "/disconnects", "/disconnects/1", "/weeks/2026-W47", "/fixes"):
            answer = web.ask(path)
            assert answer.status == 200
            assert "Nothing has been watched yet: start with walletwatch run" in answer.text
        assert web.ask("/settings").status == 200
    assert not (tmp_path / "data").exists()


def test_a_busy_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, said = Web(tmp_path / "data", "--port", str(port)).refusal()

    assert code == 2
    [line] = said.splitlines()
    assert line.startswith(f"walletwatch: port {port} cannot be used: ")


def test_a_damaged_store_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "walletwatch.db").write_bytes(b"no database at all" * 400)
    with Web(tmp_path) as web:
        answer = web.ask("/")
        assert answer.status == 503
        assert "Traceback" not in answer.text and "walletwatch.db" in answer.text
        assert web.end() == (0, "")


def test_a_demo_says_so_on_every_page(tmp_path: Path) -> None:
    seed(tmp_path / "data", SystemClock().wall_ms(), every_ms=600_000)
    with closing(open_store(tmp_path / "data")) as store:
        store.set_meta("demo", "1")
        assert store.is_demo()
    with Web(tmp_path / "data") as web:
        for path in (*PAGES, "/nothing/here"):
            assert web.ask(path).text.count("synthetic") == 1, path


def test_only_loopback_is_listened_on(web: Web) -> None:
    table = Path(f"/proc/{web.process.pid}/net/tcp")
    if not table.exists():
        pytest.skip("needs /proc")
    port = f"{web.port:04X}"
    listening = [row.split()[1] for row in table.read_text().splitlines() if f":{port} " in row]
    assert listening and {place.partition(":")[0] for place in listening} == {"0100007F"}


def test_two_read_and_one_writes_at_once(tmp_path: Path) -> None:
    now_ms = SystemClock().wall_ms()
    seed(tmp_path / "data", now_ms, every_ms=300_000)
    ended, trouble = threading.Event(), []

    def write() -> None:
        from monitor.model import Outcome, Sample
        from tests.integration.web_story import GATEWAY

        with closing(open_store(tmp_path / "data")) as own:
            at_ms = now_ms
            while not ended.is_set():
                own.add_records([Sample(at_ms, GATEWAY, Outcome.REPLY, 1.0)])
                at_ms += 1000

    def read(web: Web) -> None:
        for path in ("/", "/day", "/disconnects/1") * 5:
            answer = web.ask(path)
            if answer.status != 200:
                trouble.append((path, answer.text))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with Web(tmp_path / "data") as one, Web(tmp_path / "data") as two:
            readers = [threading.Thread(target=read, args=(web,)) for web in (one, two)]
            for reader in readers:
                reader.start()
            assert one.send("/disconnects/1/word", {"cause": "account"}).status == 303
            assert two.send("/fixes", {"fix": "update_app"}).status == 303
            for reader in readers:
                reader.join()
    finally:
        ended.set()
        writer.join()
    assert trouble == []

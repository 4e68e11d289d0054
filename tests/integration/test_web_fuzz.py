"""Any address, query, header and body: an answer with every guard, never a traceback."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp

from monitor.clock import SystemClock
from monitor.config.settings import Settings
from monitor.web.app import Site, build
from monitor.web.door import Pass
from monitor.web.shelf import Shelf
from tests.integration.web_story import seed

PORT = 4711
PASS = Pass()
HEADS = ("/", "/disconnects/", "/weeks/", "/day", "/fixes", "/settings", "/page.css", "")
NOW_MS = SystemClock().wall_ms()


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ASGIApp]:
    folder = tmp_path_factory.mktemp("fuzz")
    seed(folder, NOW_MS, every_ms=600_000)
    shelf = Shelf(folder)
    site = Site(shelf, Settings, Path("x"), "en", lambda: NOW_MS, lambda _case, _tr: (), PASS)
    yield build(site, PORT)[0]
    shelf.close()


def ask(
    app: ASGIApp,
    path: str,
    query: bytes,
    headers: list[tuple[bytes, bytes]],
    method: str = "GET",
    body: bytes = b"",
) -> tuple[int, dict[str, str], str]:
    """Ask the application itself; an error in it comes out."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "replace"),
        "root_path": "",
        "query_string": query,
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", PORT),
    }

    async def run() -> None:
        await app(scope, receive, send)

    asyncio.run(run())
    said = {key.decode(): value.decode("latin-1") for key, value in sent[0]["headers"]}
    text = b"".join(m.get("body", b"") for m in sent[1:]).decode()
    return sent[0]["status"], said, text


OWN = (b"host", f"127.0.0.1:{PORT}".encode())
COOKIE = (b"cookie", f"walletwatch={PASS.cookie}".encode())
texts = st.text(st.characters(codec="utf-8"), max_size=40)
paths = st.builds("".join, st.tuples(st.sampled_from(HEADS), texts)).filter(
    lambda path: path.startswith("/") and path != "/events"
)
weeks = st.builds("/weeks/{:04d}-W{:02d}".format, st.integers(0, 9999), st.integers(0, 60))
numbers = st.builds("/disconnects/{}".format, st.integers())
queries = st.one_of(
    st.binary(max_size=40),
    st.builds("lang={}".format, texts).map(lambda q: q.encode("utf-8", "replace")),
    st.builds("page={}".format, st.integers()).map(str.encode),
)
values = st.binary(max_size=40)


@given(path=st.one_of(paths, weeks, numbers), query=queries, languages=values)
@settings(max_examples=250, deadline=None)
def test_any_address_has_an_answer(app: ASGIApp, path: str, query: bytes, languages: bytes) -> None:
    headers = [OWN, COOKIE, (b"accept-language", languages)]
    status, said, text = ask(app, path, query, headers)

    assert status in ((200, 303, 404) if query.isascii() else (400,))
    assert 'href="//' not in text
    assert said["content-security-policy"].startswith("default-src 'none'")
    assert "Traceback" not in text
    if status == 303:
        assert said["location"].startswith("/weeks/")


@given(host=st.one_of(values, st.just(OWN[1])), origin=values, site=values, body=values)
@settings(max_examples=150, deadline=None)
def test_no_guessed_write_gets_in(
    app: ASGIApp, host: bytes, origin: bytes, site: bytes, body: bytes
) -> None:
    headers = [(b"host", host), (b"origin", origin), (b"sec-fetch-site", site)]
    form = b"application/x-www-form-urlencoded"
    headers += [(b"content-type", form), (b"cookie", body)]
    for path in ("/fixes", "/disconnects/1/word"):
        status, said, _ = ask(app, path, b"", headers, "POST", b"fix=free_memory&token=" + body)
        assert status in (400, 403, 421)
        assert said["cache-control"] == "no-store"


@given(body=st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_body_from_a_page_of_ours_is_understood_or_refused(app: ASGIApp, body: bytes) -> None:
    headers = [OWN, COOKIE, (b"sec-fetch-site", b"same-origin")]
    headers += [(b"content-type", b"application/x-www-form-urlencoded")]
    assert ask(app, "/fixes", b"", headers, "POST", body)[0] in (400, 403)

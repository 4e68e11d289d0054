"""The live page as an ASGI application: addresses, answers, and the two writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, ExceptionHandler, Receive, Scope, Send

from monitor.case import case_of
from monitor.config.mistakes import ConfigError
from monitor.config.settings import Settings
from monitor.hindsight import retract_word, take_word
from monitor.locale import N_, translator
from monitor.model import CauseCode, Disconnect, EpochMs, FixCode, FixMark
from monitor.report import html as report
from monitor.report.weeks import parse_week, week_of
from monitor.store.interface import StoreError
from monitor.store.sqlite import Store
from monitor.web import history, now, others, weeks
from monitor.web.door import Door, Lock, Pass
from monitor.web.incident import FORGET, WRONG, Timeline, Told, incident
from monitor.web.live import Events, Stream
from monitor.web.markup import Markup, element
from monitor.web.page import Reader, document, language, main
from monitor.web.shelf import NothingYetError, Shelf

MOST_BODY_BYTES = 4_096
MOST_DIGITS = 18
"""Of a number in an address: what SQLite can count to."""
TWICE_MS = 60_000
"""The same fix told again within this time was the same click."""
FILES = {
    "frame.css": "text/css",
    "page.css": "text/css",
    "page.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}

Content = Callable[[Store, Settings, Reader], Markup]


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages are made from."""

    shelf: Shelf
    settings: Callable[[], Settings]
    """Reads the configuration anew. Raises ConfigError."""
    config: Path | None
    language: str
    """Where neither the address nor the browser names one that we have."""
    wall_ms: Callable[[], EpochMs]
    timeline: Timeline
    """What happened around a disconnect, in words."""
    own: Pass = field(default_factory=Pass)
    cookie: str = "walletwatch"
    """Cookies know no ports: each process has a name of its own."""

    def reader(self, request: Request) -> Reader:
        """Return who reads."""
        asked = request.query_params.get("lang")
        spoken = language(request, self.language)
        query = f"?lang={spoken}" if asked == spoken else ""
        # two slashes at the front would lead to another machine
        path = "/" + quote(request.scope["path"].lstrip("/"))
        return Reader(translator(spoken), query, path, self.shelf.is_demo())


class Pages:
    """Answers each address."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.stream = Stream(self._present)

    def routes(self) -> list[Route]:
        """Return every address with what answers it."""
        return [
            Route("/", self.present),
            Route("/events", self.events),
            Route("/day", self.day),
            Route("/disconnects", self.disconnects),
            Route("/disconnects/{number}", self.disconnect),
            Route("/disconnects/{number}/word", self.word, methods=["POST"]),
            Route("/weeks", self.this_week),
            Route("/weeks/{name}", self.week),
            Route("/fixes", self.fixes),
            Route("/fixes", self.fix_done, methods=["POST"]),
            Route("/settings", self.settings),
            Route("/report.css", self.report_style),
            Route("/report.js", self.report_script),
            *(Route(f"/{name}", self.file) for name in FILES),
        ]

    # -- reading

    def present(self, request: Request) -> Response:
        """The page of now."""
        site, reader = self._site, self._site.reader(request)
        tr, settings = reader.tr, site.settings()
        try:
            seen = now.look(site.shelf, settings, site.wall_ms())
        except NothingYetError:
            seen = None
        part = now.part(seen, settings, tr, reader.query)
        live = element("div", part, id="now", data_events=reader.link("/events", lang=tr.language))
        broken = element(
            "p",
            tr.text(N_("No longer live: reload the page.")),
            id="broken",
            class_="notice",
            hidden=True,
        )
        title = tr.text(N_("Now"))
        return document(reader, title, main(title, broken, live))

    def _present(self, languages: frozenset[str]) -> Mapping[str, str]:
        """Return the part of now in each language: read once for all who listen."""
        site = self._site
        parts = {}
        for spoken in languages:
            tr = translator(spoken)
            try:
                settings = site.settings()
                seen = now.look(site.shelf, settings, site.wall_ms())
                part = now.part(seen, settings, tr, f"?lang={spoken}")
            except NothingYetError:
                part = now.part(None, Settings(), tr, "")
            except StoreError as error:
                part = element("p", tr.filled(error.text, error.values), class_="notice bad")
            except ConfigError as error:
                part = element("p", error.text(tr), class_="notice bad")
            parts[spoken] = part.html
        return parts

    async def events(self, request: Request) -> Response:
        """The stream of now."""
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise HTTPException(403)
        reader = self._site.reader(request)
        if self.stream.is_full:
            raise HTTPException(503, N_("Too many pages listen already; close one and reload."))
        return Events(self.stream, reader.tr.language)

    def day(self, request: Request) -> Response:
        """The last 24 hours."""
        at_ms = self._site.wall_ms()
        return self._read(
            request,
            N_("Last 24 hours"),
            lambda store, settings, reader: history.day(store, settings, at_ms, reader),
        )

    def disconnects(self, request: Request) -> Response:
        """The list."""
        number = _number(request.query_params.get("page", "1")) or 1

        def content(store: Store, settings: Settings, reader: Reader) -> Markup:
            found = store.disconnects()
            shown = history.on_page(found, number)
            told = store.diagnoses([d.id for d in shown if d.id is not None])
            return history.listing(found, told, settings, number, reader)

        return self._read(request, N_("Disconnects"), content)

    def disconnect(self, request: Request) -> Response:
        """One disconnect."""
        site, at_ms = self._site, self._site.wall_ms()

        def content(store: Store, settings: Settings, reader: Reader) -> Markup:
            found = _asked_for(store, request)
            case = case_of(store, found, at_ms, settings.controls())
            told = Told(found, store.diagnosis(found.id or 0), case, at_ms)
            return incident(told, settings, site.timeline, site.own, reader)

        return self._read(request, N_("Disconnect"), content)

    def this_week(self, request: Request) -> Response:
        """Lead to the present week."""
        name = week_of(self._site.wall_ms(), None).name
        return RedirectResponse(self._site.reader(request).link(f"/weeks/{name}"), 303)

    def week(self, request: Request) -> Response:
        """A week's report."""
        at_ms = self._site.wall_ms()
        try:
            asked = parse_week(request.path_params["name"], at_ms, None)
        except ValueError:
            raise HTTPException(404, N_("There is no such week.")) from None
        if asked.since_ms > at_ms:
            raise HTTPException(404, N_("That week has not begun yet."))
        return self._read(
            request,
            N_("Weekly report"),
            lambda store, settings, reader: weeks.week_page(store, asked, settings, at_ms, reader),
            is_report=True,
        )

    def fixes(self, request: Request) -> Response:
        """Every fix."""
        return self._read(
            request,
            N_("Fixes"),
            lambda store, settings, reader: others.fixes(
                store.fix_marks(), settings, self._site.own, reader
            ),
        )

    def settings(self, request: Request) -> Response:
        """What is in force."""
        site, reader = self._site, self._site.reader(request)
        file = None if site.config is None else str(site.config)
        page = others.settings_page(site.settings(), file, str(site.shelf.data_dir), reader)
        return document(reader, reader.tr.text(N_("Settings")), page)

    def report_style(self, _: Request) -> Response:
        """How the report looks."""
        return Response(report.style(), media_type="text/css")

    def report_script(self, _: Request) -> Response:
        """What the report does when it is pointed at."""
        return Response(report.script(), media_type="text/javascript")

    def file(self, request: Request) -> Response:
        """One of our own files, by its name in the table."""
        name = request.scope["path"].removeprefix("/")
        content = (Path(__file__).parent / name).read_bytes()
        return Response(content, media_type=FILES[name])

    def _read(
        self, request: Request, title: str, content: Content, *, is_report: bool = False
    ) -> Response:
        """Return a page made from the store; that there is none yet is an answer too."""
        reader = self._site.reader(request)
        tr = reader.tr
        try:
            part = content(self._site.shelf.store(), self._site.settings(), reader)
        except NothingYetError:
            words = tr.text(N_("Nothing has been watched yet: start with walletwatch run"))
            return document(reader, tr.text(title), others.sentence(tr.text(title), words))
        return document(reader, tr.text(title), part, is_report=is_report)

    # -- writing

    async def word(self, request: Request) -> Response:
        """Take the user's word on a verdict."""
        said = (await self._form(request)).get("cause", "")
        if said not in (WRONG, FORGET, *CauseCode):
            raise HTTPException(400, N_("There is no such cause."))

        def change(store: Store) -> None:
            number = _asked_for(store, request).id or 0
            if said == FORGET:
                retract_word(store, number)
            else:
                take_word(store, number, None if said == WRONG else CauseCode(said))

        await run_in_threadpool(self._site.shelf.write, change)
        path = f"/disconnects/{request.path_params['number']}"
        return RedirectResponse(self._site.reader(request).link(path) + "#word", 303)

    async def fix_done(self, request: Request) -> Response:
        """Keep that a fix was carried out just now."""
        said = (await self._form(request)).get("fix", "")
        if said not in list(FixCode):
            raise HTTPException(400, N_("There is no such fix."))
        at_ms = self._site.wall_ms()

        def change(store: Store) -> None:
            recent = [m for m in store.fix_marks() if m.is_told and m.fix == said]
            if not any(abs(at_ms - mark.at_ms) < TWICE_MS for mark in recent):
                store.add_fix_mark(FixMark(at_ms, FixCode(said), is_told=True))

        await run_in_threadpool(self._site.shelf.write, change)
        return RedirectResponse(self._site.reader(request).link("/fixes") + f"#{said}", 303)

    async def _form(self, request: Request) -> dict[str, str]:
        """Return the form's fields, once it is known to be from a page of this process."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            raise HTTPException(415)
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BODY_BYTES:
                raise HTTPException(413)
        try:
            fields = parse_qs(body.decode("ascii"), max_num_fields=8)
        except ValueError:
            raise HTTPException(400) from None
        said = {name: values[-1] for name, values in fields.items()}
        cookie = request.cookies.get(self._site.cookie, "")
        if not self._site.own.fits(said.get("token", ""), cookie):
            words = N_("This page is from an earlier start; go back, reload it and try again.")
            raise HTTPException(403, words)
        return said


def build(site: Site, port: int) -> tuple[ASGIApp, Stream]:
    """Return the application behind its door, and its stream (to be closed at the end)."""
    pages = Pages(site)

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        words = error.detail if error.detail in _SENTENCES else _OF_STATUS.get(error.status_code)
        return _sentence(site, request, words or N_("That is not possible."), error.status_code)

    async def troubled(request: Request, error: Exception) -> Response:
        assert isinstance(error, StoreError)
        words = site.reader(request).tr.filled(error.text, error.values)
        return _sentence(site, request, words, 503)

    async def misconfigured(request: Request, error: Exception) -> Response:
        assert isinstance(error, ConfigError)
        return _sentence(site, request, error.text(site.reader(request).tr), 503)

    async def nothing_yet(request: Request, _: Exception) -> Response:
        words = N_("Nothing has been watched yet: start with walletwatch run")
        return _sentence(site, request, words, 404)

    async def broken(request: Request, _: Exception) -> Response:
        words = N_("Something went wrong; what it was stands where walletwatch web was started.")
        return _sentence(site, request, words, 500)

    handlers: Mapping[int | type[Exception], ExceptionHandler] = {
        HTTPException: refused,
        StoreError: troubled,
        ConfigError: misconfigured,
        NothingYetError: nothing_yet,
        Exception: broken,
    }
    app = Starlette(routes=pages.routes(), exception_handlers=handlers)
    app.router.redirect_slashes = False
    return Door(app, port, _lock(site)), pages.stream


def _lock(site: Site) -> Lock:
    """Return what keeps the other users of this machine out."""

    async def enter(scope: Scope, receive: Receive, send: Send) -> None:
        # Not by a redirect: a browser that was led here from elsewhere would not send a strict
        # cookie with it (RFC 6265bis, 5.2), and the key would stay in its history.
        request = Request(scope)
        reader = site.reader(request)
        refresh = element("meta", http_equiv="refresh", content=f"0; url={reader.link('/')}")
        page = element("html", element("head", element("meta", charset="utf-8"), refresh))
        answer = HTMLResponse("<!doctype html>\n" + page.html)
        answer.set_cookie(site.cookie, site.own.cookie, httponly=True, samesite="strict")
        await answer(scope, receive, send)

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        words = N_("Open the whole address that walletwatch web has printed: its key lets you in.")
        await _sentence(site, Request(scope), words, 403)(scope, receive, send)

    files = frozenset(f"/{name}" for name in (*FILES, "report.css", "report.js"))
    return Lock(site.own, site.cookie, files, enter, refuse)


_OF_STATUS = {
    400: N_("That cannot be understood."),
    403: N_("Only a page of walletwatch itself may ask for that."),
    404: N_("There is no such page."),
    405: N_("That cannot be done here."),
    413: N_("That is too long."),
    415: N_("That cannot be understood."),
}
_SENTENCES = frozenset(
    {
        N_("There is no such week."),
        N_("That week has not begun yet."),
        N_("There is no such disconnect."),
        N_("There is no such cause."),
        N_("There is no such fix."),
        N_("Too many pages listen already; close one and reload."),
        N_("This page is from an earlier start; go back, reload it and try again."),
    }
)


def _sentence(site: Site, request: Request, words: str, status: int) -> Response:
    """Return a page of one sentence."""
    reader = site.reader(request)
    title = reader.tr.text(N_("Sorry"))
    part = others.sentence(title, reader.tr.text(words))
    return document(reader, title, part, status=status)


def _number(text: str) -> int | None:
    """Return a number of plain digits; None for anything else."""
    is_one = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if is_one else None


def _asked_for(store: Store, request: Request) -> Disconnect:
    """Return the disconnect that an address names.

    Raises:
        HTTPException: there is none.
    """
    number = _number(request.path_params["number"])
    found = None if number is None else store.disconnect(number)
    if found is None:
        raise HTTPException(404, N_("There is no such disconnect."))
    return found

"""The frame around each page: head, navigation, language; and what a request asks for."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse

from monitor.locale import LANGUAGES, N_, Translator
from monitor.web.markup import Child, Markup, element, joined

LANG_TAGS = {"zh": "zh-CN", "en": "en"}
LANGUAGE_NAMES = {"zh": "中文", "en": "English"}
MENU = (
    ("/", N_("Now")),
    ("/day", N_("Last 24 hours")),
    ("/disconnects", N_("Disconnects")),
    ("/weeks", N_("Weekly report")),
    ("/fixes", N_("Fixes")),
    ("/settings", N_("Settings")),
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: their language, and how links keep it."""

    tr: Translator
    query: str
    """`?lang=zh` where the address named a language, else empty."""
    path: str
    """The page that is read."""
    is_demo: bool = False
    """True: all of it is synthetic, and every page says so."""

    def link(self, path: str, **values: str | int) -> str:
        """Return an address that keeps the language."""
        if self.query:
            values["lang"] = self.tr.language
        return f"{path}?{urlencode(values)}" if values else path


def language(request: Request, otherwise: str) -> str:
    """Return the language asked for: by the address, else the browser, else `otherwise`."""
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        return asked
    return accepted(request.headers.get("accept-language", "")) or otherwise


def accepted(header: str) -> str | None:
    """Return the best of our languages in an Accept-Language (RFC 9110, 12.5.4); None for none."""
    best, most = None, 0.0
    for part in header.split(","):
        tag, _, parameter = part.strip().partition(";")
        try:
            quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        name = tag.lower().partition("-")[0]
        if name in LANGUAGES and most < quality <= 1.0:
            best, most = name, quality
    return best


def document(
    reader: Reader, title: str, content: Child, *, is_report: bool = False, status: int = 200
) -> HTMLResponse:
    """Return a whole page; the report brings its own style and script."""
    tr = reader.tr
    styles = ("/report.css", "/frame.css") if is_report else ("/frame.css", "/page.css")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{title} · walletwatch"),
        element("link", rel="icon", href="/icon.svg", type="image/svg+xml"),
        [element("link", rel="stylesheet", href=href) for href in styles],
        element("script", src="/report.js" if is_report else "/page.js", defer=True),
    )
    skip = element("a", tr.text(N_("Skip to the content")), href="#content", class_="skip")
    demo = None if is_report else _demo(reader)  # the report has its own
    body = element("body", skip, _header(reader), demo, content)
    html = element("html", head, body, lang=LANG_TAGS[tr.language])
    return HTMLResponse("<!doctype html>\n" + html.html, status)


def main(title: str, *content: Child) -> Markup:
    """Return a page's own part, below its heading."""
    return element("main", element("h1", title), joined(*content), id="content", tabindex="-1")


def _header(reader: Reader) -> Markup:
    tr = reader.tr
    items = [
        element(
            "li",
            element(
                "a",
                tr.text(name),
                href=reader.link(path),
                aria_current="page" if _is_in(path, reader.path) else None,
            ),
        )
        for path, name in MENU
    ]
    other = next(one for one in LANGUAGES if one != tr.language)
    turn = element(
        "a",
        LANGUAGE_NAMES[other],
        href=f"{reader.path}?lang={other}",
        lang=LANG_TAGS[other],
        class_="turn",
    )
    menu = element("nav", element("ul", items), aria_label=tr.text(N_("Pages")))
    return element("header", element("b", "walletwatch"), menu, turn)


def _demo(reader: Reader) -> Markup | None:
    """Return the notice that all of it is made up; None where it is not."""
    if not reader.is_demo:
        return None
    words = reader.tr.text(N_("Demo: all data on this page are synthetic."))
    return element("aside", element("strong", words), class_="demo-line")


def _is_in(path: str, read: str) -> bool:
    return read == path or (path != "/" and read.startswith(path + "/"))

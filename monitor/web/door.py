"""Who may come in, and what every answer carries: the guard against other users and other sites.

Every user of this machine can reach loopback. So the page answers only to who brings the cookie of
this process, and the cookie is given only to who knows its key, which stands in the address that
is printed for the one who started it.

Any page that the user opens can send requests to loopback. What keeps it out: the Host header
must name this machine (DNS rebinding, https://fetch.spec.whatwg.org/#http-extensions has no help
against it), a write must come from a page of ours (Sec-Fetch-Site, else Origin) with the secrets
of this process, and no answer can be read, framed or embedded elsewhere.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
METHODS = ("GET", "HEAD", "POST")


def _secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class Pass:
    """The secrets of one process: the key to come in, the cookie it is exchanged for, and what
    stands in each form."""

    key: str = field(default_factory=_secret, repr=False)
    token: str = field(default_factory=_secret, repr=False)
    cookie: str = field(default_factory=_secret, repr=False)

    def fits(self, token: str, cookie: str) -> bool:
        """Tell, in a time that does not depend on them, whether both are right."""
        is_token = hmac.compare_digest(token.encode(), self.token.encode())
        is_cookie = self.knows(cookie)
        return is_token and is_cookie

    def knows(self, cookie: str) -> bool:
        """Tell whether this is the cookie of who came in with the key."""
        return hmac.compare_digest(cookie.encode(), self.cookie.encode())

    def opens(self, key: str) -> bool:
        """Tell whether this is the key."""
        return hmac.compare_digest(key.encode(), self.key.encode())


@dataclass(frozen=True, slots=True)
class Lock:
    """What only the owner may see, and what anybody else gets."""

    own: Pass
    cookie: str
    """The cookie's name."""
    open_paths: frozenset[str]
    """Files without anything of the user in them."""
    enter: ASGIApp
    """Answers who brings the key."""
    refuse: ASGIApp
    """Answers who brings nothing."""

    def answer(self, scope: Scope) -> ASGIApp | None:
        """Return what answers in the place of the page; None for one who may see it."""
        request = HTTPConnection(scope)
        if self.own.opens(request.query_params.get("key", "")):
            return self.enter
        if scope["path"] in self.open_paths:
            return None
        return None if self.own.knows(request.cookies.get(self.cookie, "")) else self.refuse


class Door:
    """Lets in only what addresses this machine, and puts the headers on every answer."""

    def __init__(self, app: ASGIApp, port: int, lock: Lock) -> None:
        self._app = app
        self._lock = lock
        self._hosts = frozenset(
            f"{name}{ending}"
            for name in ("127.0.0.1", "localhost", "[::1]")
            for ending in ([f":{port}", ""] if port == 80 else [f":{port}"])
        )
        self._origins = frozenset(f"http://{host}" for host in self._hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or hand on what may come in."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = self._refusal(scope)
        app = refusal or self._lock.answer(scope) or self._app
        await app(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        """Return what is said to a stranger; None for one who may come in."""
        method, headers = scope["method"], Headers(scope=scope)
        if [host.lower() for host in headers.getlist("host")] not in ([h] for h in self._hosts):
            return _refuse(421, "this page is only there under its own address on this machine")
        if not scope["query_string"].isascii():
            return _refuse(400, "that is no address: only ASCII may stand in one (RFC 3986)")
        if method not in METHODS:
            return _refuse(405, "only GET, HEAD and POST are understood here")
        if method == "POST" and not self._is_from_here(headers):
            return _refuse(403, "only a page of walletwatch itself may send this")
        return None

    def _is_from_here(self, headers: Headers) -> bool:
        """Tell whether a page of ours sends this.

        Under our referrer policy a browser sends `Origin: null` with a form of our own, so that
        Sec-Fetch-Site decides where it is sent (every browser since 2023).
        """
        site = headers.get("sec-fetch-site")
        origin = headers.get("origin")
        if site is not None:
            return site == "same-origin" and (origin in (None, "null") or origin in self._origins)
        return origin in self._origins


def _refuse(status: int, sentence: str) -> PlainTextResponse:
    return PlainTextResponse(f"walletwatch: {sentence}\n", status)

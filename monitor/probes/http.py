"""Captive-portal check: a page that answers 204 (no content) unless something stands in between.

One plain HTTP request without cookies and without anything that tells who asks; redirects are
not followed. What the statuses mean follows Android's check: 204 passes, 200 to 399 is a portal,
the rest is a page that is ill itself; 511 is a portal that says so (RFC 6585 section 6).
"""

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from monitor.clock import monotonic_s
from monitor.model import Outcome, ProbeKind, Target
from monitor.probes.connect import Opened, open_tcp
from monitor.probes.deadline import Deadline
from monitor.probes.interface import ProbeError, Reading
from monitor.probes.lookup import Lookup
from monitor.probes.outcomes import reading_of

_HTTP_PORT = 80
_MAX_HEAD_BYTES = 16_384
"""A portal's head is under 2 kB; whoever sends more without an end is not read any further."""
_CHUNK_BYTES = 4096
_HEAD_END = b"\r\n\r\n"

_NO_CONTENT = 204
_OK = 200
_PORTAL_STATUSES = range(200, 400)
_NETWORK_AUTHENTICATION_REQUIRED = 511

_REQUEST = (
    "GET {path} HTTP/1.1\r\n"
    "Host: {host}\r\n"
    "User-Agent: Mozilla/5.0\r\n"  # what every browser begins with; none at all is often refused
    "Accept: */*\r\n"
    "Connection: close\r\n\r\n"
)


class HttpProbe:
    """Fetches the portal page; where it lies is the constructor's matter, not the target's."""

    kind = ProbeKind.HTTP

    def __init__(self, url: str, lookup: Lookup) -> None:
        """Take the page's address; an empty one switches the check off.

        Raises:
            ProbeError: the address is not one of plain HTTP.
        """
        self._lookup = lookup
        self._page = _page(url) if url else None

    def ask(self, target: Target, timeout_s: float) -> Reading:
        """Fetch once; the round trip runs from the connect to the end of the answer's head."""
        if self._page is None:
            return Reading(Outcome.NOT_MEASURED, detail="no portal page is set")
        deadline = Deadline.after(timeout_s)
        opened = open_tcp(self._lookup, self._page.host, self._page.port, target.family, deadline)
        if isinstance(opened, Reading):
            return opened
        with opened.sock:
            try:
                return _fetch(opened, self._page.request, deadline)
            except OSError as error:
                return reading_of(error, (monotonic_s() - opened.began_at_s) * 1000)


@dataclass(frozen=True, slots=True)
class _Page:
    host: str
    port: int
    request: bytes


@dataclass(frozen=True, slots=True)
class _Head:
    """The head of an answer; a length of None was not told, and the body was waited for."""

    status: int
    length_bytes: int | None
    body: bytes
    """What came along with the head, or the first byte after it."""


def _page(url: str) -> _Page:
    try:
        parts: SplitResult = urlsplit(url)
        port = parts.port or _HTTP_PORT
        host = (parts.hostname or "").encode("ascii").decode()
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host_header = parts.netloc.rpartition("@")[2]
        request = _REQUEST.format(path=path, host=host_header).encode("ascii")
    except ValueError as error:
        raise ProbeError(
            "portal address '{url}': {reason}; write http://host/path", url=url, reason=error
        ) from error
    if parts.scheme != "http" or not host or any(letter.isspace() for letter in url):
        raise ProbeError("portal address '{url}': not plain HTTP; write http://host/path", url=url)
    return _Page(host, port, request)


def _fetch(opened: Opened, request: bytes, deadline: Deadline) -> Reading:
    sock = opened.sock
    sock.settimeout(deadline.left_s)
    sock.sendall(request)
    data = b""
    while _HEAD_END not in data and len(data) < _MAX_HEAD_BYTES:
        if deadline.passed:
            return Reading(Outcome.TIMEOUT)
        sock.settimeout(deadline.left_s)
        chunk = sock.recv(_CHUNK_BYTES)
        if not chunk:
            break
        data += chunk
    rtt_ms = (monotonic_s() - opened.began_at_s) * 1000
    if not data:
        return Reading(Outcome.RESET, rtt_ms, "closed without an answer")
    head = _parse_head(data)
    if head is None:
        return Reading(Outcome.NOT_MEASURED, rtt_ms, "the answer is not HTTP")
    if head.status == _OK and head.length_bytes is None and not head.body:
        head = _Head(_OK, None, _first_of_body(opened, deadline))
    return _reading_of_head(head, rtt_ms)


def _first_of_body(opened: Opened, deadline: Deadline) -> bytes:
    """Return the first byte of a body that comes later; nothing where the answer ends there."""
    try:
        opened.sock.settimeout(deadline.left_s)
        return opened.sock.recv(1)
    except TimeoutError:
        return b"?"  # not ended: there is something to come


def _parse_head(data: bytes) -> _Head | None:
    """Return the status line and the length of an HTTP answer; None where it is not one."""
    head, _, body = data.partition(_HEAD_END)
    status_line, *fields = head.split(b"\r\n")
    version, _, rest = status_line.partition(b" ")
    status = rest[:3]
    if not version.startswith(b"HTTP/1.") or not status.isdigit() or len(status) != 3:
        return None
    length_bytes = None
    for field in fields:
        name, _, value = field.partition(b":")
        digits = value.strip()
        if name.strip().lower() == b"content-length" and digits.isdigit():
            length_bytes = int(digits[:20])  # more digits than any length has cost time
    return _Head(int(status), length_bytes, body)


def _reading_of_head(head: _Head, rtt_ms: float) -> Reading:
    detail = f"status {head.status}"
    is_empty = not head.length_bytes and not head.body
    if head.status == _NO_CONTENT or (head.status == _OK and is_empty):
        # Some proxies make 200 with nothing in it of a 204.
        return Reading(Outcome.REPLY, rtt_ms, detail)
    if head.status in _PORTAL_STATUSES or head.status == _NETWORK_AUTHENTICATION_REQUIRED:
        return Reading(Outcome.PORTAL, rtt_ms, detail)
    return Reading(Outcome.NOT_MEASURED, detail=f"{detail}: the page itself is ill")

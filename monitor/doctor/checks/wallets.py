"""Each wallet host: its name, one connection, one hand-shake with its certificate checked.

One connection for each host and no request on it: what the bank sees is what it sees when the
daemon takes up its session, once.
"""

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from monitor.clock import SystemClock, local, monotonic_s
from monitor.config.settings import WalletSettings
from monitor.doctor.examine import begin, results
from monitor.doctor.interface import Check, Finding, Surroundings, Verdict, Words, words
from monitor.locale import N_
from monitor.model import Outcome
from monitor.probes.connect import Opened, open_tcp
from monitor.probes.deadline import Deadline
from monitor.probes.interface import Reading
from monitor.probes.lookup import Lookup
from monitor.wallet.attempt import TrustError, trust
from monitor.wallet.names import host_port

CODE = "wallets.host"
ASK_S = 6.0
SOON_DAYS = 7
"""A certificate that ends so soon is usually changed before; a private one may be forgotten."""
DAY_S = 86_400
MAX_SHAKEN = 6
"""Hosts that are asked in one run: politeness."""


@dataclass(frozen=True, slots=True)
class Shaken:
    """A hand-shake that succeeded."""

    address: str
    took_ms: float
    version: str
    ends_ms: int | None
    """When the certificate ends."""
    segment_bytes: int | None
    """The largest TCP segment (TCP_MAXSEG, tcp(7)); None where not told."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A step that failed: the outcome, the system's words."""

    step: str
    """"name", "connection", "certificate" or "hand-shake"."""
    detail: str


def look(here: Surroundings) -> Iterator[Finding]:
    """Shake hands with every host of every wallet that is switched on, all at the same time."""
    wanted = [
        (name, wallet, host, place == 0)
        for name, wallet in here.settings.wallets.items()
        if wallet.enabled
        for place, host in enumerate(wallet.hosts)
    ][:MAX_SHAKEN]
    if not wanted:
        reason = words(N_("no wallet with a host is switched on"))
        yield Finding(CODE, Verdict.NOT_APPLICABLE, "", reason)
        return
    asked = [begin(lambda each=each: _one(*each), "wallet") for each in wanted]  # type: ignore[misc]
    found = dict(results(asked, monotonic_s() + ASK_S + 1.0))
    now_ms = SystemClock().wall_ms()
    for _name, _wallet, host, is_first in wanted:
        result = found.get(host, Broken("connection", ""))
        yield judge(host, result, is_first=is_first, now_ms=now_ms)


def _one(
    _name: str, wallet: WalletSettings, host: str, _is_first: bool
) -> tuple[str, Shaken | Broken]:
    return host, shake(host, wallet.ca_file)


def shake(host: str, ca_file: str) -> Shaken | Broken:
    """Connect, shake hands, and close in good order."""
    where = host_port(host)
    try:
        context = trust(ca_file)
    except TrustError as error:
        return Broken("ca_file", str(error))
    deadline = Deadline.after(ASK_S)
    opened = open_tcp(Lookup(), where.host, where.port, None, deadline)
    if isinstance(opened, Reading):
        step = "name" if opened.outcome is Outcome.DNS_ERROR else "connection"
        return Broken(step, f"{opened.outcome} {opened.detail}".strip())
    with opened.sock:
        try:
            return _tls(context, where.host, opened, deadline)
        except ssl.SSLCertVerificationError as error:
            return Broken("certificate", error.verify_message)
        except OSError as error:
            return Broken("hand-shake", getattr(error, "reason", None) or str(error))


def _tls(context: ssl.SSLContext, host: str, opened: Opened, deadline: Deadline) -> Shaken:
    with context.wrap_socket(
        opened.sock, server_hostname=host, do_handshake_on_connect=False
    ) as sock:
        sock.settimeout(deadline.left_s)
        sock.do_handshake()
        took_ms = (monotonic_s() - opened.began_at_s) * 1000
        shaken = Shaken(
            opened.address, took_ms, sock.version() or "", _ends_ms(sock), _segment_bytes(sock)
        )
        with suppress(OSError):  # the far end owes no good-bye
            sock.settimeout(0.5)
            sock.unwrap()
        return shaken


def _ends_ms(sock: ssl.SSLSocket) -> int | None:
    certificate: Mapping[str, object] = sock.getpeercert() or {}
    ends = certificate.get("notAfter")
    return int(ssl.cert_time_to_seconds(ends)) * 1000 if isinstance(ends, str) else None


def _segment_bytes(sock: socket.socket) -> int | None:
    try:
        return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
    except (OSError, AttributeError):
        return None


_REASONS: Mapping[str, tuple[str, str]] = {
    "ca_file": (
        N_("the file in `ca_file` cannot be used"),
        N_("Name a PEM file with a certificate, or leave `ca_file` empty."),
    ),
    "name": (
        N_("its name cannot be looked up"),
        N_("Mend the names (DNS) first; if they work, correct `hosts` of this wallet."),
    ),
    "connection": (
        N_("no connection comes about"),
        N_(
            "If other pages work, it is the bank or a firewall on the way: wait, or try another "
            "network."
        ),
    ),
    "certificate": (
        N_("its certificate is not to be trusted: somebody may stand in between"),
        N_("Leave this network; a virus scanner or company proxy that opens TLS does this too."),
    ),
    "hand-shake": (
        N_("it takes the connection and breaks the TLS hand-shake off"),
        N_("Look at the clock and at firewalls; if it stays so, it is the bank."),
    ),
}


def judge(host: str, result: Shaken | Broken, *, is_first: bool, now_ms: int) -> Finding:
    """Return what a hand-shake means; the first host is held, the others are spares. Pure."""
    if isinstance(result, Broken):
        reason, mend = _REASONS[result.step]
        verdict = Verdict.FAIL if is_first else Verdict.WARN
        return Finding(CODE, verdict, host, words(reason), words(mend), result.detail)
    told: dict[str, object] = {"ms": result.took_ms, "version": result.version}
    detail = result.address
    if result.segment_bytes:
        detail += f", MSS {result.segment_bytes}"
    if result.ends_ms is None:
        reason_said = words(N_("trusted, {version}, {ms:.0f} ms"), **told)
        return Finding(CODE, Verdict.OK, host, reason_said, None, detail)
    day = local(result.ends_ms).date().isoformat()
    if result.ends_ms - now_ms < SOON_DAYS * DAY_S * 1000:
        ending = words(N_("trusted, but its certificate ends on {day}"), day=day)
        return Finding(CODE, Verdict.NOTE, host, ending, None, detail)
    said: Words = words(
        N_("trusted, {version}, {ms:.0f} ms; certificate until {day}"), day=day, **told
    )
    return Finding(CODE, Verdict.OK, host, said, None, detail)


CHECK = Check(CODE, N_("wallet"), look, limit_s=9.0)

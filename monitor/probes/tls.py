"""TLS handshake with the certificate checked against the name: is it the bank that answers?"""

import contextlib
import ssl
from collections.abc import Mapping
from pathlib import Path

from monitor.clock import monotonic_s
from monitor.model import Outcome, ProbeKind, Target
from monitor.probes.connect import Opened, open_tcp
from monitor.probes.deadline import Deadline
from monitor.probes.interface import ProbeError, Reading
from monitor.probes.lookup import Lookup
from monitor.probes.outcomes import reading_of

GOODBYE_S = 0.5
"""How long a closing waits at most for the far end's own: a good-bye costs one round trip."""


class TlsProbe:
    """Shakes hands with `Target.host` on `Target.port`, as a client that means to stay would.

    `ca_files` names PEM files that are trusted besides the system's, by host.
    """

    kind = ProbeKind.TLS

    def __init__(self, lookup: Lookup, ca_files: Mapping[str, Path]) -> None:
        """Read the certificates.

        Raises:
            ProbeError: a file of `ca_files` cannot be read as PEM certificates.
        """
        self._lookup = lookup
        self._usual: ssl.SSLContext | None = None
        self._contexts = {host: _context(path) for host, path in ca_files.items()}

    def ask(self, target: Target, timeout_s: float) -> Reading:
        """Shake hands once; the round trip runs from the connect to the end of the handshake."""
        deadline = Deadline.after(timeout_s)
        opened = open_tcp(self._lookup, target.host, target.port, target.family, deadline)
        if isinstance(opened, Reading):
            return opened
        context = self._contexts.get(target.host) or self._usual_context()
        try:
            return _shake_hands(context, target.host, opened, deadline)
        except OSError as error:
            return _failure(error, _since_ms(opened))
        finally:
            opened.sock.close()  # of no effect once the TLS socket has taken it over

    def _usual_context(self) -> ssl.SSLContext:
        """Return the system's trust, read at the first question: the daemon asks none here."""
        if self._usual is None:
            self._usual = ssl.create_default_context()
        return self._usual


def _context(ca_file: Path) -> ssl.SSLContext:
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or str(error)
        raise ProbeError(
            "ca_file {file}: cannot be read as PEM certificates ({reason}); "
            "name a readable PEM file, or leave ca_file empty",
            file=ca_file,
            reason=reason,
        ) from error
    return context


def _shake_hands(context: ssl.SSLContext, host: str, opened: Opened, deadline: Deadline) -> Reading:
    with context.wrap_socket(
        opened.sock, server_hostname=host, do_handshake_on_connect=False
    ) as sock:
        sock.settimeout(deadline.left_s)
        sock.do_handshake()
        reading = Reading(Outcome.REPLY, _since_ms(opened), f"{opened.address} {sock.version()}")
        _say_goodbye(sock, deadline)
        return reading


def _failure(error: OSError, elapsed_ms: float) -> Reading:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Reading(Outcome.TLS_ERROR, elapsed_ms, error.verify_message)
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Reading(Outcome.RESET, elapsed_ms, "closed during the handshake")
    if isinstance(error, ssl.SSLError):
        return Reading(Outcome.TLS_ERROR, elapsed_ms, error.reason or str(error))
    return reading_of(error, elapsed_ms)


def _since_ms(opened: Opened) -> float:
    return (monotonic_s() - opened.began_at_s) * 1000


def _say_goodbye(sock: ssl.SSLSocket, deadline: Deadline) -> None:
    """Close in good order (RFC 8446 section 6.1) and read what the server has on its way.

    Closing with unread session tickets would make the kernel send a reset, which is what a
    broken client looks like in the bank's log. The far end owes no answer: errors do not matter.
    """
    with contextlib.suppress(OSError):
        sock.settimeout(min(deadline.left_s, GOODBYE_S))
        sock.unwrap()

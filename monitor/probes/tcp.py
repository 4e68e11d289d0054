"""TCP connect: the time from SYN to SYN-ACK, and who says no (RFC 9293)."""

from monitor.model import Outcome, ProbeKind, Target
from monitor.probes.connect import open_tcp
from monitor.probes.deadline import Deadline
from monitor.probes.interface import Reading
from monitor.probes.lookup import Lookup


class TcpProbe:
    """Connects to `Target.host` (a name or a literal) on `Target.port` and closes in good order."""

    kind = ProbeKind.TCP

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    def ask(self, target: Target, timeout_s: float) -> Reading:
        """Connect once; the round trip is the connect alone, without the name's lookup."""
        opened = open_tcp(
            self._lookup, target.host, target.port, target.family, Deadline.after(timeout_s)
        )
        if isinstance(opened, Reading):
            return opened
        opened.sock.close()
        return Reading(Outcome.REPLY, opened.connect_ms, opened.address)

"""A bare TCP connection beside the held one: is the far end there?

Asked where acknowledgements cannot be seen, and where they come late.
"""

from monitor.wallet.attempt import Attempt, Dialed, Plan
from monitor.wallet.connection import Connection
from monitor.wallet.endings import Ending
from monitor.wallet.names import HostPort, Lookups


class ReachCheck:
    """Makes one check at a time, and none more often than the slow grid."""

    def __init__(self, lookups: Lookups, every_ms: float) -> None:
        self._lookups = lookups
        self._every_ms = every_ms
        self.attempt: Attempt | None = None
        """The check under way, to be waited for; None where there is none."""
        self.began_ms = float("-inf")

    def begin(self, held: Connection, now_ms: float) -> None:
        """Begin a check of the held connection's address unless one was made just now."""
        if self.attempt is not None or now_ms - self.began_ms < self._every_ms:
            return
        self.began_ms = now_ms
        plan = Plan((held.where,), self._lookups, None, preferred=held.address)
        self.attempt = Attempt(plan, now_ms)

    def begin_at_address(self, held: Connection, now_ms: float) -> None:
        """Begin a check as `begin` does, without a question to the resolver before it."""
        if self.attempt is not None or now_ms - self.began_ms < self._every_ms:
            return
        self.began_ms = now_ms
        host, port = held.address.sockaddr[:2]
        plan = Plan((HostPort(host, port),), self._lookups, None, preferred=held.address)
        self.attempt = Attempt(plan, now_ms)

    def advance(self, now_ms: float) -> Dialed | Ending | None:
        """Go on; a result ends the check, and what it opened is closed."""
        if self.attempt is None:
            return None
        result = self.attempt.advance(now_ms)
        if result is not None:
            self.drop()
        return result

    def drop(self) -> None:
        """Give the check up."""
        if self.attempt is not None:
            self.attempt.close()
            self.attempt = None

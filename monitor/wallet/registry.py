"""Every disconnect source that runs: one line each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from monitor.clock import Clock
from monitor.wallet.interface import Source
from monitor.wallet.process import WatchedProcess
from monitor.wallet.session import HeldSession, Holding


@dataclass(frozen=True, slots=True)
class Watched:
    """What the settings say of one wallet."""

    wallet: str
    hosts: Sequence[str]
    """`host:port` each."""
    holding: Holding = field(default_factory=Holding)
    process: str = ""
    """Name of the program whose connections are watched; empty: none."""


Build = Callable[[Watched, Clock], Source | None]
"""Makes a source; None where the settings do not ask for it."""


def _session(watched: Watched, clock: Clock) -> Source | None:
    if not watched.hosts:
        return None
    return HeldSession(watched.wallet, watched.hosts, watched.holding, clock)


def _process(watched: Watched, clock: Clock) -> Source | None:
    if not watched.process:
        return None
    return WatchedProcess(watched.wallet, watched.process, watched.hosts, clock)


SOURCES: Mapping[str, Build] = MappingProxyType(
    {
        "session": _session,
        "process": _process,
    }
)


def sources(watched: Watched, clock: Clock) -> list[Source]:
    """Return the sources of one wallet, not started.

    Raises:
        ValueError: a host or the `ca_file` cannot be used; the message says which.
    """
    built = (build(watched, clock) for build in SOURCES.values())
    return [source for source in built if source is not None]

"""Where the daemon ends and the machine begins: each thing that it asks of the machine, once.

The soak (tests/soak) plays a machine at this edge and has everything inside it be the real one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.clock import Clock
from monitor.config.settings import Settings
from monitor.daemon.announce import ButtonsOf, Pressed
from monitor.daemon.schedule import Schedule
from monitor.daemon.sources import sources_of
from monitor.device import registry as device
from monitor.device.interface import Reader, Watcher
from monitor.model import ProbeKind
from monitor.notify.desk import this_desktop
from monitor.notify.worker import Desktop
from monitor.probes import registry as probing
from monitor.probes.interface import Probe
from monitor.probes.walk import Path, walk
from monitor.store.writer import Writer
from monitor.wallet.interface import Source

if TYPE_CHECKING:
    from monitor.store.sqlite import Store


def _probes(settings: Settings) -> Mapping[ProbeKind, Probe]:
    """Return the probes that the settings ask for.

    Raises:
        ProbeError: what the settings name cannot be used.
    """
    return probing.probes(settings.resolvers.name, settings.portal.url, {})


@dataclass(frozen=True, slots=True)
class Edge:
    """What is built of each part that touches the machine; the defaults are the real ones."""

    probes: Callable[[Settings], Mapping[ProbeKind, Probe]] = _probes
    walk: Callable[[str], Path | None] = walk
    readers: Callable[[], Sequence[Reader]] = device.readers
    watchers: Callable[[], Sequence[Watcher]] = device.watchers
    sources: Callable[[Settings, Clock], list[Source]] = sources_of
    desktop: Callable[[ButtonsOf, Pressed], Desktop] = this_desktop
    schedule: Callable[[Clock, int], Schedule] = Schedule
    writer: Callable[[Store, Clock, float], Writer] = Writer


THIS_MACHINE = Edge()

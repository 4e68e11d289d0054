"""A machine that is played: its network, its device's state and its wallet's session.

Everything here is outside the daemon. A played question takes no time; what comes back follows
from which stretch of the way is dead.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from monitor.device.interface import Changed, Reader
from monitor.device.resolvers import RESOLVERS_KEY
from monitor.device.route import LINK_KEYS
from monitor.model import (
    Delivery,
    How,
    Leg,
    Notice,
    Outcome,
    ProbeKind,
    SessionChange,
    SessionState,
    StateValue,
    Target,
)
from monitor.probes.interface import Question, Reading
from monitor.wallet.interface import Emit
from monitor.wallet.tcp_info import TcpFigures
from tests.soak.driven import DrivenClock, Loop

BANK_ADDRESS = "203.0.113.10"

NOTICED_AFTER_S = 8.0
"""So long a dead way takes to be noticed by a session: a heartbeat that is pressed, and retries."""
BACK_AFTER_S = 1.5
"""A hand-shake and what goes before it."""
SETTLED_AFTER_S = 2.0
"""So long after a wake-up the session is known to stand."""

WAY: Mapping[Leg, tuple[Leg, ...]] = {
    Leg.GATEWAY: (Leg.LINK, Leg.GATEWAY),
    Leg.INTERNET: (Leg.LINK, Leg.GATEWAY, Leg.INTERNET),
    Leg.DNS: (Leg.LINK, Leg.GATEWAY, Leg.INTERNET, Leg.DNS),
    Leg.PORTAL: (Leg.LINK, Leg.GATEWAY, Leg.INTERNET),
    Leg.WALLET: (Leg.LINK, Leg.GATEWAY, Leg.INTERNET, Leg.WALLET),
}
"""Through what a question to each leg goes."""

USUAL_MS: Mapping[Leg, float] = {
    Leg.GATEWAY: 2.0,
    Leg.INTERNET: 12.0,
    Leg.DNS: 14.0,
    Leg.PORTAL: 40.0,
    Leg.WALLET: 35.0,
}


@dataclass(slots=True)
class Network:
    """Where the device hangs, and what of the way is dead."""

    random: random.Random
    clock: DrivenClock
    dead: set[Leg] = field(default_factory=set)
    noise_left: int = 0
    """So many of the next questions stay without an answer, as on any Wi-Fi."""
    kind: str = "wifi"
    gateway: str = "192.168.1.1"
    address: str = "192.168.1.23"
    ssid: str | None = "home"
    vpn: bool = False
    resolvers: str = "192.168.1.1,198.51.100.53"
    asked: int = 0
    asked_ms: int = 0
    """When the last question was asked, by the wall clock."""
    asked_of: dict[str, int] = field(default_factory=dict)

    def answer(self, target: Target) -> Reading:
        """Return what a question to a target brings back now."""
        self.asked += 1
        self.asked_ms = self.clock.wall_ms()
        key = f"{target.role} {target.name} {target.probe}"
        self.asked_of[key] = self.asked_of.get(key, 0) + 1
        if Leg.LINK in self.dead:
            return Reading(Outcome.UNREACHABLE)
        if not self.dead.isdisjoint(WAY[target.leg]):
            return Reading(Outcome.TIMEOUT)
        if self.noise_left and target.probe is not ProbeKind.HTTP:
            self.noise_left -= 1
            return Reading(Outcome.TIMEOUT)
        rtt_ms = USUAL_MS[target.leg] * self.random.lognormvariate(0.0, 0.25)
        return Reading(Outcome.REPLY, round(rtt_ms, 3))

    def carries(self) -> bool:
        """Tell whether the wallet can be reached."""
        return self.dead.isdisjoint(WAY[Leg.WALLET])

    def link_values(self) -> dict[str, StateValue]:
        up = Leg.LINK not in self.dead
        name = {"wifi": "wlan0", "ethernet": "eth0"}[self.kind]
        values: tuple[StateValue, ...] = (
            up,
            self.kind if up else None,
            name if up else None,
            self.address if up else None,
            self.gateway if up else None,
            None,
            self.vpn,
        )
        return dict(zip(LINK_KEYS, values, strict=True))

    def wifi_values(self) -> dict[str, StateValue]:
        joined = self.kind == "wifi" and Leg.LINK not in self.dead
        signal_dbm = round(self.random.gauss(-55.0, 2.0)) if joined else None
        return {
            "wifi.ssid": self.ssid if joined else None,
            "wifi.signal_dbm": signal_dbm,
            "wifi.is_open": False if joined else None,
        }


@dataclass(slots=True)
class PlayedProbe:
    """Asks the played network."""

    kind: ProbeKind
    network: Network

    def ask(self, target: Target, timeout_s: float) -> Reading:
        return self.network.answer(target)

    def begin(self, target: Target, timeout_s: float) -> Question | Reading | None:
        """Answer at once: no played question is ever in flight."""
        return self.network.answer(target)


@dataclass(slots=True)
class PlayedReader:
    """Reads some keys of the played device."""

    keys: tuple[str, ...]
    every_s: float
    values: Callable[[], Mapping[str, StateValue]]

    def read(self) -> Mapping[str, StateValue]:
        return self.values()


class LinkWatcher:
    """Tells at once what the story changed of the link."""

    def __init__(self) -> None:
        self.changed: Changed | None = None

    def start(self, changed: Changed) -> None:
        self.changed = changed

    def stop(self) -> None:
        self.changed = None


def readers(network: Network, noise: random.Random, often_s: float) -> Sequence[Reader]:
    """Return the device's readers; `often_s` is how often memory and processor are read."""

    def memory() -> dict[str, StateValue]:
        ratio = min(0.95, max(0.2, noise.gauss(0.5, 0.01)))
        return {"memory.available_ratio": round(ratio, 3), "memory.pressure": 0.0}

    def power() -> dict[str, StateValue]:
        return {
            "power.battery_saver": False,
            "power.on_battery": False,
            "battery.percent": 100.0,
            "battery.plugged": True,
        }

    link = PlayedReader(LINK_KEYS, 30.0, network.link_values)
    resolvers = PlayedReader((RESOLVERS_KEY,), 60.0, lambda: {RESOLVERS_KEY: network.resolvers})
    wifi_keys = ("wifi.ssid", "wifi.signal_dbm", "wifi.is_open")

    def load() -> dict[str, StateValue]:
        return {"cpu.load_ratio": round(abs(noise.gauss(0.1, 0.05)), 2)}

    return [
        PlayedReader(("memory.available_ratio", "memory.pressure"), often_s, memory),
        PlayedReader(("cpu.load_ratio",), often_s, load),
        link,
        resolvers,
        PlayedReader(tuple(power()), 30.0, power),
        PlayedReader(wifi_keys, 30.0, network.wifi_values),
        PlayedReader(("network.metered",), 60.0, lambda: {"network.metered": False}),
    ]


class PlayedSession:
    """The wallet's held session, as its way of telling is; the story ends and begins it."""

    name = "session"

    def __init__(self, wallet: str, network: Network, loop: Loop) -> None:
        self.wallet = wallet
        self._network = network
        self._loop = loop
        self._emit: Emit | None = None
        self._is_up = False
        self._since_ms = 0.0
        self._turn = 0

    @property
    def peer(self) -> str | None:
        return BANK_ADDRESS

    def figures(self) -> TcpFigures | None:
        return None

    def start(self, emit: Emit) -> None:
        self._emit = emit
        self._later(BACK_AFTER_S, self._stand)

    def suspect(self) -> None:
        """The story says when the session notices."""

    def path_returned(self) -> None:
        """The story says when the session is back."""

    def forget(self) -> None:
        """Settle anew: the present state is told afresh."""
        self._later(SETTLED_AFTER_S, self._stand if self._network.carries() else self._silent)

    def stop(self) -> None:
        self._emit = None

    def way_died(self) -> None:
        """Notice it after a while."""
        self._later(NOTICED_AFTER_S, self._silent)

    def way_returned(self) -> None:
        self._later(BACK_AFTER_S, self._stand)

    def end(self, how: How, back_after_s: float) -> None:
        """End at once, by something that arrives, and be taken again later."""
        self._fall(how, None)
        self._later(back_after_s, self._stand)

    def _later(self, wait_s: float, work: Callable[[], None]) -> None:
        """Do this next, and nothing that was to be done before."""
        self._turn += 1
        turn = self._turn
        self._loop.after(wait_s, lambda: work() if turn == self._turn else None)

    def _silent(self) -> None:
        if not self._network.carries():
            how = How.UNREACHABLE if Leg.LINK in self._network.dead else How.TIMEOUT
            heard_ms = self._loop.clock.wall_ms() - round(NOTICED_AFTER_S * 1000)
            self._fall(how, heard_ms)

    def _fall(self, how: How, heard_ms: int | None) -> None:
        was_up, self._is_up = self._is_up, False
        lived_ms = round(self._loop.clock.monotonic_ms() - self._since_ms) if was_up else None
        self._tell(SessionState.DOWN, how, heard_ms, lived_ms)

    def _stand(self) -> None:
        if self._network.carries():
            if not self._is_up:
                self._since_ms = self._loop.clock.monotonic_ms()
            self._is_up = True
            self._tell(SessionState.UP, None, None, None)

    def _tell(
        self, state: SessionState, how: How | None, heard_ms: int | None, lived_ms: int | None
    ) -> None:
        if self._emit is not None:
            at_ms = self._loop.clock.wall_ms()
            self._emit(
                SessionChange(
                    at_ms, self.wallet, state, how, last_good_at_ms=heard_ms, lived_ms=lived_ms
                )
            )


class RecordingDesktop:
    """A desktop that shows nothing and keeps count."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, str]] = []

    def show(self, notice: Notice) -> tuple[Delivery, str]:
        self.shown.append((notice.kind.value, notice.subject))
        return Delivery.SENT, "recorded"

    def fileno(self) -> int | None:
        return None

    def wait_s(self) -> float | None:
        return None

    def hear(self) -> None: ...

    def close(self) -> None: ...

    def abort(self) -> None: ...

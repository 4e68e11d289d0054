"""One round of every probe and every reader, asked for by the user: `walletwatch check`."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from monitor.config.settings import Settings
from monitor.daemon.network import network_now
from monitor.daemon.targets import places
from monitor.device import registry as device
from monitor.locale import Translator
from monitor.model import Outcome, ProbeKind, Role, StateValue, Target
from monitor.probes import registry as probing
from monitor.probes.interface import Probe, ProbeError, Reading
from monitor.wallet.names import host_port

TIMEOUT_S = 3.0
"""A user who waits wants the slow answer too."""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """What one probe of one target brought back."""

    target: Target
    outcome: Outcome
    rtt_ms: float | None
    detail: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The whole round."""

    rows: tuple[CheckRow, ...]
    states: Mapping[str, StateValue]

    @property
    def is_anything_heard(self) -> bool:
        """Tell whether anything answered at all."""
        return any(row.outcome.is_heard for row in self.rows)


def check(settings: Settings, tr: Translator) -> CheckResult:
    """Ask everything once, all at the same time; takes about `TIMEOUT_S` at most.

    What keeps a probe from working is told in the language of `tr`.
    """
    states: dict[str, StateValue] = {}
    for reader in device.readers():
        states.update(reader.read())
    targets = [place.target for place in places(settings, network_now(states, {}))]
    targets += _wallet_targets(settings)
    probes = probing.probes(settings.resolvers.name, settings.portal.url, ca_files(settings))
    with ThreadPoolExecutor(len(targets)) as pool:
        rows = tuple(pool.map(lambda target: _ask(probes, target, tr), targets))
    return CheckResult(rows, states)


def _wallet_targets(settings: Settings) -> list[Target]:
    """Return one hand-shake with each enabled wallet's first host."""
    found = []
    for name, wallet in settings.wallets.items():
        if wallet.enabled and wallet.hosts:
            where = host_port(wallet.hosts[0])
            role = Role.CONTROL if wallet.role == "control" else Role.WALLET
            found.append(Target(name, role, ProbeKind.TLS, where.host, where.port, wallet=name))
    return found


def ca_files(settings: Settings) -> dict[str, Path]:
    """Return the extra authority of each wallet host that has one."""
    return {
        host_port(host).host: Path(wallet.ca_file)
        for wallet in settings.wallets.values()
        if wallet.ca_file
        for host in wallet.hosts
    }


def _ask(probes: Mapping[ProbeKind, Probe], target: Target, tr: Translator) -> CheckRow:
    try:
        reading = probes[target.probe].ask(target, TIMEOUT_S)
    except ProbeError as error:
        reading = Reading(Outcome.NOT_MEASURED, None, tr.filled(error.text, error.values))
    return CheckRow(target, reading.outcome, reading.rtt_ms, reading.detail)

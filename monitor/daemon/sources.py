"""The sources of disconnects that the settings ask for."""

from collections.abc import Iterable

from monitor.clock import Clock
from monitor.config.settings import Settings, WalletSettings
from monitor.wallet import registry as wallets
from monitor.wallet.interface import Source
from monitor.wallet.pace import Pace
from monitor.wallet.session import Holding


def sources_of(settings: Settings, clock: Clock) -> list[Source]:
    """Return every source of every enabled wallet, not started.

    Raises:
        ValueError: a host or a `ca_file` cannot be used; the message says which.
    """
    watched = [
        wallets.Watched(name, wallet.hosts, _holding(wallet, settings.interval_s), wallet.process)
        for name, wallet in settings.wallets.items()
        if wallet.enabled
    ]
    return [source for each in watched for source in wallets.sources(each, clock)]


def _holding(wallet: WalletSettings, interval_s: float) -> Holding:
    return Holding(
        wallet.ca_file,
        wallet.heartbeat,
        wallet.heartbeat_path,
        wallet.heartbeat_s,
        Pace(interval_s=interval_s, min_reconnect_s=wallet.min_reconnect_s),
    )


def peers(sources: Iterable[Source]) -> dict[str, str]:
    """Return the address that each wallet was last reached at."""
    return {source.wallet: source.peer for source in sources if source.peer}

"""What the device knows of the network it is in, from its states and its sessions."""

from collections.abc import Iterable, Mapping

from monitor.daemon.targets import Network
from monitor.model import StateValue
from monitor.wallet.interface import Source


def network_now(states: Mapping[str, StateValue], sources: Iterable[Source]) -> Network:
    """Return the network as the last states and the sessions' peers show it."""
    peers = {s.wallet: s.peer for s in sources if s.peer}
    return Network(
        gateway=_text(states.get("link.gateway")),
        gateway_v6=_text(states.get("link.gateway_v6")),
        wallet_addresses={wallet: peer for wallet, peer in peers.items() if peer},
    )


def _text(value: StateValue) -> str | None:
    return value if isinstance(value, str) and value else None

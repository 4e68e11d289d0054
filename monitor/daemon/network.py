"""What the device knows of the network it is in, from its states and its sessions."""

from collections.abc import Mapping

from monitor.daemon.targets import Network
from monitor.device.resolvers import RESOLVERS_KEY
from monitor.model import StateValue


def network_now(states: Mapping[str, StateValue], peers: Mapping[str, str]) -> Network:
    """Return the network as the last states and the sessions' peers show it."""
    resolvers = _text(states.get(RESOLVERS_KEY))
    return Network(
        gateway=_text(states.get("link.gateway")),
        gateway_v6=_text(states.get("link.gateway_v6")),
        resolvers=resolvers.split(",") if resolvers else (),
        wallet_addresses=peers,
    )


def _text(value: StateValue) -> str | None:
    return value if isinstance(value, str) and value else None

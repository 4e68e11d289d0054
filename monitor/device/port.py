"""An interface's state and addresses through psutil: macOS and Windows."""

import socket
from collections.abc import Callable
from typing import TypeAlias

import psutil

from monitor.device.route import Port

PortOf: TypeAlias = Callable[[str], Port]


def port_of(name: str) -> Port:
    """Return the interface's state; a state of None where psutil does not know it."""
    try:
        stats = psutil.net_if_stats().get(name)
        addresses = psutil.net_if_addrs().get(name, [])
    except (OSError, RuntimeError):
        return Port(is_running=None)
    v4 = [a.address for a in addresses if a.family == socket.AF_INET]
    v6 = [
        a.address
        for a in addresses
        if a.family == socket.AF_INET6 and not a.address.lower().startswith("fe80:")
    ]
    return Port(
        is_running=None if stats is None else stats.isup,
        address=v4[0] if v4 else None,
        address_v6=v6[0] if v6 else None,
    )


def names_and_hardware_addresses() -> dict[str, tuple[str, str]]:
    """Return IPv4 address -> (interface name, hardware address in lower case, with dashes)."""
    found: dict[str, tuple[str, str]] = {}
    try:
        interfaces = psutil.net_if_addrs()
    except (OSError, RuntimeError):
        return found
    for name, addresses in interfaces.items():
        hardware = next((a.address for a in addresses if a.family == psutil.AF_LINK), "")
        for address in addresses:
            if address.family == socket.AF_INET:
                found[address.address] = (name, hardware.lower().replace(":", "-"))
    return found

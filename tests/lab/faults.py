"""The faults: each knows how to begin and end in a world, and tells when it did so.

Edges made by a server take hold within 1 ms of the instant told, those of nft(8) and ip(8) within
about 20 ms: their instant is read once the command has ended.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from tests.lab import plan
from tests.lab.instant import Instant, now
from tests.lab.namespaces import Namespace
from tests.lab.world import World, default_route

Act: TypeAlias = Callable[[World], Instant]

LOSS_PERCENT = 30


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong, and comes right again."""

    name: str
    begin: Act
    end: Act


def _rules(host: Callable[[World], Namespace], name: str, rules: str) -> Fault:
    """Make a fault of nftables rules in one host: loaded at its begin, deleted at its end."""
    table = f"table inet {name} {{\n{rules}\n}}\n"

    def begin(world: World) -> Instant:
        host(world).nft(table)
        return now()

    def end(world: World) -> Instant:
        host(world).nft(f"delete table inet {name}\n")
        return now()

    return Fault(name, begin, end)


def _router(world: World) -> Namespace:
    return world.router


def _provider(world: World) -> Namespace:
    return world.provider


def _bank_set(name: str, begin: dict[str, object], end: dict[str, object]) -> Fault:
    """Make a fault of the bank's own doing."""
    return Fault(name, lambda world: world.bank(**begin), lambda world: world.bank(**end))


HEALTHY = Fault("healthy", lambda _: now(), lambda _: now())
"""Nothing happens: the control run."""

GATEWAY_DEAD = _rules(
    _router,
    "gateway_dead",
    f"""
    chain from_device {{
      type filter hook prerouting priority raw
      iifname {plan.ROUTER_LAN} drop
    }}
    chain to_device {{
      type filter hook postrouting priority raw
      oifname {plan.ROUTER_LAN} drop
    }}
    """,
)
"""The router hangs: it neither forwards nor answers. Its Wi-Fi chip still answers ARP."""


def _gateway_gone_begin(world: World) -> Instant:
    world.router.nft(f"""
table netdev gateway_gone {{
  chain from_device {{
    type filter hook ingress device {plan.ROUTER_LAN} priority 0
    drop
  }}
}}
""")
    return now()


def _gateway_gone_end(world: World) -> Instant:
    world.router.nft("delete table netdev gateway_gone\n")
    return now()


GATEWAY_GONE = Fault("gateway_gone", _gateway_gone_begin, _gateway_gone_end)
"""The router is unplugged behind a switch: not even ARP is answered, the link stays up."""

PROVIDER_DEAD = _rules(
    _provider,
    "provider_dead",
    f"""
    chain from_customer {{
      type filter hook prerouting priority raw
      iifname {plan.PROVIDER_DOWN} drop
    }}
    """,
)
"""Everything beyond the router is lost in silence."""

BANK_DEAD = _rules(
    _provider,
    "bank_dead",
    f"""
    chain either_way {{
      type filter hook forward priority raw
      ip daddr {plan.BANK_ADDRESS} drop
      ip saddr {plan.BANK_ADDRESS} drop
    }}
    """,
)
"""The bank alone cannot be reached, in silence, pings included."""

LOSS = _rules(
    _router,
    "loss",
    f"""
    chain either_way {{
      type filter hook forward priority raw
      iifname {plan.ROUTER_LAN} numgen random mod 100 < {LOSS_PERCENT} counter drop
      iifname {plan.ROUTER_WAN} numgen random mod 100 < {LOSS_PERCENT} counter drop
    }}
    """,
)
"""Each packet beyond the router is lost with LOSS_PERCENT, each way for itself."""

ICMP_FILTERED = _rules(
    _router,
    "icmp_filtered",
    """
    chain not_here {
      type filter hook prerouting priority raw
      ip protocol icmp drop
    }
    """,
)
"""Nobody answers a ping, everything else works: a healthy network."""

CAPTIVE_PORTAL = _rules(
    _router,
    "captive_portal",
    f"""
    chain to_log_in_page {{
      type nat hook prerouting priority dstnat
      iifname {plan.ROUTER_LAN} tcp dport 80 dnat ip to {plan.WEB_ADDRESS}:{plan.LOGIN_PORT}
    }}
    chain guests {{
      type filter hook forward priority filter
      iifname {plan.ROUTER_LAN} udp dport 53 accept
      iifname {plan.ROUTER_LAN} ip daddr {plan.WEB_ADDRESS} tcp dport {plan.LOGIN_PORT} accept
      iifname {plan.ROUTER_LAN} tcp dport 443 reject with tcp reset
      iifname {plan.ROUTER_LAN} drop
    }}
    """,
)
"""The hotel wants a log-in again: names resolve, web pages become its own, the rest is shut."""

RESET = _bank_set("reset", {"existing": "reset"}, {})
"""The bank resets the session and takes the next one at once: it ends as it begins."""

RESET_THEN_REFUSED = _bank_set(
    "reset_then_refused", {"existing": "reset", "new": "refuse"}, {"new": "serve"}
)
CLOSED_THEN_REFUSED = _bank_set(
    "closed_then_refused", {"existing": "close", "new": "refuse"}, {"new": "serve"}
)
KEEPS_CLOSING = _bank_set("keeps_closing", {"existing": "close", "new": "close"}, {"new": "serve"})
"""The bank ends the session in good order, and each new one as soon as it stands."""

CLOSED_ONCE = _bank_set("closed_once", {"existing": "close"}, {})
"""An orderly close, and the next session is welcome: normal, not a disconnect."""

STALL = _bank_set(
    "stall", {"existing": "stall", "new": "stall"}, {"existing": "resume", "new": "serve"}
)
"""The bank's program hangs: its system still accepts and acknowledges, nobody answers."""

WRONG_CERTIFICATE = _bank_set(
    "wrong_certificate",
    {"existing": "reset", "certificate": "wrong_host"},
    {"certificate": "good"},
)
"""Somebody in between ends the session and shows a certificate of another name."""

IDLE_CLOSE = _bank_set("idle_close", {"idle_close_s": 12.0}, {"idle_close_s": None})
"""The bank closes what has been idle for a while, as servers do."""

DNS_DEAD = Fault("dns_dead", lambda world: world.dns("silent"), lambda world: world.dns("answer"))
"""No name resolves; a session that stands does not notice."""


def _dns_dead_and_reset(world: World) -> Instant:
    world.dns("silent")
    return world.bank(existing="reset")


DNS_DEAD_AND_RESET = Fault(
    "dns_dead_and_reset", _dns_dead_and_reset, lambda world: world.dns("answer")
)
"""The session must be built anew while no name resolves."""


def _link_down(world: World) -> Instant:
    world.device.ip(f"link set {plan.DEVICE_INTERFACE} down")
    return now()


def _link_up(world: World) -> Instant:
    # Taking an interface down took its routes along.
    world.device.ip(f"link set {plan.DEVICE_INTERFACE} up", default_route())
    return now()


LINK_DOWN = Fault("link_down", _link_down, _link_up)


def _other_address(world: World) -> Instant:
    interface, bits = plan.DEVICE_INTERFACE, plan.LAN_PREFIX_BITS
    world.device.ip(
        f"addr del {plan.DEVICE_ADDRESS}/{bits} dev {interface}",
        f"addr add {plan.DEVICE_OTHER_ADDRESS}/{bits} dev {interface}",
        default_route(),
    )
    return now()


ADDRESS_CHANGE = Fault("address_change", _other_address, lambda _: now())
"""The device gets another address for good: its session and the router's NAT entry are dead."""

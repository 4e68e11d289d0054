"""Faults of the user's router: dead, gone, restarted, lossy, forgetful, or a hotel's."""

import json
import socket
import struct

from tests.lab import plan
from tests.lab.faults.fault import Fault, router, rules
from tests.lab.instant import Instant, now
from tests.lab.namespaces import LabError, inside
from tests.lab.world import World
from tests.waiting import wait_until

GATEWAY_DEAD = rules(
    router,
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

STRICT_NAT = rules(
    router,
    "strict_nat",
    """
    chain forward {
      type filter hook forward priority filter
      ct state invalid drop
    }
    """,
)
"""The router passes nothing that belongs to no entry of its table, as home routers do."""

# linux/netfilter/nfnetlink.h and nfnetlink_conntrack.h
_NETLINK_NETFILTER = 12
_DELETE_ENTRIES = (1 << 8) | 2
_REQUEST_AND_ACKNOWLEDGE = 0x01 | 0x04


def _forget_connections(world: World) -> Instant:
    """Empty the router's table of connections: a deletion that names none deletes all."""
    world.router.run("sysctl", "-qw", "net.netfilter.nf_conntrack_tcp_loose=0")
    with inside(world.router):
        sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER)
    with sock:
        message = struct.pack(
            "=IHHIIBBH", 20, _DELETE_ENTRIES, _REQUEST_AND_ACKNOWLEDGE, 1, 0, 0, 0, 0
        )
        sock.send(message)
        error = struct.unpack_from("=i", sock.recv(4096), 16)[0]
    if error != 0:
        raise LabError(f"the router's connections could not be forgotten: error {-error}")
    return now()


NAT_LOST = Fault("nat_lost", _forget_connections, lambda _: now())
"""The router forgets the device's connections; wants STRICT_NAT. New ones work."""


def _reboot_end(world: World) -> Instant:
    _forget_connections(world)
    return GATEWAY_GONE.end(world)


GATEWAY_REBOOT = Fault("gateway_reboot", GATEWAY_GONE.begin, _reboot_end)
"""The router restarts: it is gone, and comes back without its table; wants STRICT_NAT."""


def loss(percent: int) -> Fault:
    """Lose this share of the packets beyond the router, each way for itself."""
    return rules(
        router,
        "loss",
        f"""
    chain either_way {{
      type filter hook forward priority raw
      iifname {plan.ROUTER_LAN} numgen random mod 100 < {percent} counter drop
      iifname {plan.ROUTER_WAN} numgen random mod 100 < {percent} counter drop
    }}
        """,
        f"{percent} %",
    )


def wireless_loss(percent: int) -> Fault:
    """Lose this share of the packets between device and router, each way for itself."""
    return rules(
        router,
        "wireless_loss",
        f"""
    chain from_device {{
      type filter hook prerouting priority raw
      iifname {plan.ROUTER_LAN} numgen random mod 100 < {percent} drop
    }}
    chain to_device {{
      type filter hook postrouting priority raw
      oifname {plan.ROUTER_LAN} numgen random mod 100 < {percent} drop
    }}
        """,
        f"{percent} %",
    )


LOSS_PERCENT = 30
LOSS = loss(LOSS_PERCENT)
"""Each packet beyond the router is lost with LOSS_PERCENT, each way for itself."""

ICMP_FILTERED = rules(
    router,
    "icmp_filtered",
    """
    chain not_here {
      type filter hook prerouting priority raw
      ip protocol icmp drop
    }
    """,
)
"""Nobody answers a ping, everything else works: a healthy network."""

CAPTIVE_PORTAL = rules(
    router,
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

PORTAL_PAGE_ONLY = Fault(
    "portal_page_only", lambda world: world.web("redirect"), lambda world: world.web("204")
)
"""Web pages are answered by another page, and everything else passes: no session is hurt."""


def _backlog_bytes(world: World) -> int:
    shown = world.router.run("tc", "-s", "-j", "qdisc", "show", "dev", plan.ROUTER_WAN)
    backlog = json.loads(shown)[0]["backlog"]
    assert isinstance(backlog, int)
    return backlog


def buffer_bloat(delay_s: float, rate_kbit: int) -> Fault:
    """Fill the router's deep buffer with an upload: what goes out waits so long (tc-tbf(8))."""
    rate_bytes_per_s = rate_kbit * 1000 / 8
    limit_bytes = round(delay_s * rate_bytes_per_s)
    unheard = rules(
        lambda world: world.provider,
        "unheard",
        f"""
    chain forward {{
      type filter hook forward priority raw
      ip daddr {plan.WEB_ADDRESS} udp dport 9 drop
    }}
        """,
    )

    def begin(world: World) -> Instant:
        unheard.begin(world)
        tbf = f"rate {rate_kbit}kbit burst 5000 limit {limit_bytes}"
        world.router.run("tc", "qdisc", "add", "dev", plan.ROUTER_WAN, "root", "tbf", *tbf.split())
        # Little more than the line carries: what an upload in good order finds out.
        words = (str(1.1 * rate_bytes_per_s), str(limit_bytes))
        world.start_on_device("upload", "tests.lab.upload", *words)
        wait_until(lambda: _backlog_bytes(world) > limit_bytes / 2, what="a full buffer")
        return now()

    def end(world: World) -> Instant:
        world.end_on_device("upload")
        world.router.run("tc", "qdisc", "del", "dev", plan.ROUTER_WAN, "root")
        ended = now()
        unheard.end(world)
        return ended

    return Fault("buffer_bloat", begin, end, f"{delay_s:.1f} s of buffer at {rate_kbit} kbit/s")
